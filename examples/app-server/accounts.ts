/** Who may see what: users with a password, sent as Basic so that curl and browsers can. Yours has sessions. */
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

import { emptyCopy } from "./copy.ts";
import type { Calendar, Store, User } from "./store.ts";

const SCRYPT_BYTES = 32;

export function newId(): string {
  return randomBytes(8).toString("hex");
}

/** A user with a calendar of their own that the app writes; the password is told this once. */
export function register(store: Store, name: string): { user: User; password: string; own: Calendar } {
  const [userId, password, salt] = [newId(), randomBytes(15).toString("base64url"), newId()];
  const own: Calendar = { id: `own-${userId}`, userId, name, copy: emptyCopy() };
  const user: User = { userId, name, salt, passwordHash: hash(password, salt), ownCalendar: own.id };
  store.users[userId] = user;
  store.calendars[own.id] = own;
  return { user, password, own };
}

/** The user that an Authorization header proves. */
export function authenticate(store: Store, authorization = ""): User | undefined {
  const [, encoded = ""] = /^Basic ([\w+/=-]+)$/iu.exec(authorization) ?? [];
  const [userId = "", password = ""] = Buffer.from(encoded, "base64").toString().split(":");
  const user = Object.hasOwn(store.users, userId) ? store.users[userId] : undefined;
  if (user === undefined) return undefined;
  return timingSafeEqual(Buffer.from(hash(password, user.salt)), Buffer.from(user.passwordHash)) ? user : undefined;
}

function hash(password: string, salt: string): string {
  return scryptSync(password, salt, SCRYPT_BYTES).toString("hex");
}
