import { describe, expect, test } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";

const LIST = `\u{feff}url,name,owner,interval,externalId,tags,metadata.site
https://one.example/a.ics?token=s3cret,"Team, one",ann,30,team-1,red;blue,lisbon
webcal://one.example/b.ics?token=s3cret,,ann,,,,
ftp://one.example/s3cret.ics,Wrong,ann,,,,

https://one.example/c.ics,Odd,ann,7,,,
https://one.example/d.ics,Long,ann,30,x,y,z,too many
https://one.example/b.ics?token=s3cret,Again,ann,,,,
https://one.example/a.ics?token=s3cret,Bob's,bob,,,,
`;

describe("calendar import", () => {
  test("makes the good rows, says of each bad one where and why, and shows no secret", async () => {
    const terminal = createMemoryTerminal();
    terminal.input = LIST;
    const dry = await terminal.run("calendar", "import", "-", "--dry-run");
    expect(dry.out).toMatch(/3 would, 3 failed, 1 there\nnothing was changed/u);
    expect(terminal.calendars.size).toBe(0);
    const { out, errors, status } = await terminal.run("calendar", "import", "-");
    expect(status).toBe(1);
    expect(out.split("\n")).toEqual([
      expect.stringMatching(/^line 4: url-invalid: /u),
      expect.stringMatching(/^line 6: interval-invalid: .*7/u),
      expect.stringMatching(/^line 7: list-invalid: .* 8 cells, wanted at most 7/u),
      "3 made, 3 failed, 1 there",
      "",
    ]);
    expect(out + errors).not.toContain("s3cret");
    expect([...terminal.calendars.values()]).toMatchObject([
      {
        name: "Team, one",
        ownerId: "ann",
        intervalMinutes: 30,
        externalId: "team-1",
        metadata: { site: "lisbon", tags: "red;blue" },
      },
      { ownerId: "ann", source: { url: "https://one.example/b.ics?token=s3cret" }, intervalMinutes: 60 },
      { ownerId: "bob", name: "Bob's" },
    ]);
  });

  test("the same list again makes nothing twice, in JSON with what was seen and wanted", async () => {
    const terminal = createMemoryTerminal();
    terminal.input = LIST;
    await terminal.run("calendar", "import", "-");
    const again = await terminal.run("calendar", "import", "-", "--json");
    const { rows } = JSON.parse(again.out);
    expect(rows).toHaveLength(7);
    expect(rows).toEqual(
      expect.arrayContaining([expect.objectContaining({ line: 2, outcome: "there", calendarId: expect.any(String) })]),
    );
    expect(rows).toEqual(
      expect.arrayContaining([expect.objectContaining({ line: 7, wanted: expect.stringContaining("at most 7") })]),
    );
    expect(terminal.calendars.size).toBe(3);
  });

  test.each([
    ["", /line 1 .* nothing/u],
    ["name\nTeam\n", /no column url/u],
    ["url,colour\n", /"colour"/u],
    ['url\n"https://one.example/s3cret.ics\n', /what is no CSV/u],
  ])("a file that is no list is refused whole: %j", async (text, says) => {
    const terminal = createMemoryTerminal();
    terminal.input = text;
    const { errors, status } = await terminal.run("calendar", "import", "-");
    expect([status, errors]).toEqual([1, expect.stringMatching(says)]);
    expect(errors).toMatch(/^calferry: list-invalid: /u);
    expect(errors).not.toContain("s3cret");
  });
});
