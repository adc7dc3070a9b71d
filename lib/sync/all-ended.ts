/** Some things at once, to the end of all of them. */

/**
 * What came of each, in their order; throws the first error, but not before all have ended: whoever hears of it asks again at once, and by then
 * nothing may be under way that would be done twice.
 */
export async function allEnded<Value>(works: readonly Promise<Value>[]): Promise<Value[]> {
  await Promise.allSettled(works);
  return await Promise.all(works);
}
