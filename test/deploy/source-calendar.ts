/** The calendars that the deploy test serves: recurrence, an override, exceptions, two zones, Korean text, long lines. */

const SEOUL = `BEGIN:VTIMEZONE
TZID:Asia/Seoul
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
TZNAME:KST
END:STANDARD
END:VTIMEZONE`;

const NEW_YORK = `BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
END:STANDARD
END:VTIMEZONE`;

const EVENTS = `BEGIN:VEVENT
UID:standup@calferry.test
DTSTAMP:20260105T000000Z
DTSTART;TZID=Asia/Seoul:20260105T093000
DTEND;TZID=Asia/Seoul:20260105T094500
RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR
EXDATE;TZID=Asia/Seoul:20260107T093000,20260216T093000
SUMMARY:아침 회의
LOCATION:3층 회의실
END:VEVENT
BEGIN:VEVENT
UID:standup@calferry.test
DTSTAMP:20260105T000000Z
RECURRENCE-ID;TZID=Asia/Seoul:20260109T093000
DTSTART;TZID=Asia/Seoul:20260109T140000
DTEND;TZID=Asia/Seoul:20260109T141500
SEQUENCE:1
SUMMARY:아침 회의 (오후로 옮김)
END:VEVENT
BEGIN:VEVENT
UID:review@calferry.test
DTSTAMP:20260105T000000Z
DTSTART;TZID=America/New_York:20260306T100000
DURATION:PT1H30M
RRULE:FREQ=MONTHLY;BYDAY=1FR;COUNT=12
SUMMARY:Quarterly review\\, with a comma\\; and a semicolon
DESCRIPTION:First line\\nsecond line
END:VEVENT
BEGIN:VEVENT
UID:holiday@calferry.test
DTSTAMP:20260105T000000Z
DTSTART;VALUE=DATE:20260217
DTEND;VALUE=DATE:20260220
SUMMARY:설날 연휴
TRANSP:TRANSPARENT
END:VEVENT
BEGIN:VEVENT
UID:release@calferry.test
DTSTAMP:20260105T000000Z
DTSTART:20260401T120000Z
DTEND:20260401T130000Z
SUMMARY:배포 점검: 스케줄러와 대기열과 일꾼과 저장소를 차례로 확인하고 기록을 남기는 긴 제목 🚢
END:VEVENT`;

export const TEAM_CALENDAR = asCalendar(`${SEOUL}\n${NEW_YORK}\n${EVENTS}`);

export function smallCalendar(name: string, summary = `Shift of ${name}`): string {
  return asCalendar(`BEGIN:VEVENT
UID:${name}@calferry.test
DTSTAMP:20260105T000000Z
DTSTART:20260601T080000Z
DTEND:20260601T090000Z
SUMMARY:${summary}
END:VEVENT`);
}

function asCalendar(components: string): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Calferry//Deploy test//EN",
    ...components.split("\n"),
    "END:VCALENDAR",
  ];
  return `${lines.map(fold).join("\r\n")}\r\n`;
}

/** RFC 5545 3.1: lines of at most 75 octets; folded between code points. */
function fold(line: string): string {
  const parts: string[] = [];
  let part = "";
  for (const character of line) {
    if (Buffer.byteLength(part + character) > 74) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return [...parts, part].join("\r\n ");
}
