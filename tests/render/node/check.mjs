// Prints as JSON what html-validate and, of letters, caniemail find: node check.mjs page|letter FILE…
// page.json lets check boxes share a name, as a list of choices does, and a title be as long as the
// operator's. letter.json allows what Outlook's renderer (Word) cannot do without: widths as attributes,
// conditional comments, styles inline, and a division with a role where it knows no <article>.
import { readFileSync } from "node:fs";

const CLIENTS = [
  "gmail.*",
  "outlook.windows",
  "outlook.windows-mail",
  "outlook.outlook-com",
  "outlook.macos",
  "apple-mail.*",
  "yahoo.*",
  "samsung-email.android",
  "thunderbird.macos",
];

const [kind, ...files] = process.argv.slice(2);
const { HtmlValidate } = await import("html-validate");
const config = JSON.parse(readFileSync(new URL(`./${kind}.json`, import.meta.url), "utf8"));
const validate = new HtmlValidate(config);
const found = [];
for (const file of files) {
  const html = readFileSync(file, "utf8");
  const report = await validate.validateString(html, file);
  for (const result of report.results)
    for (const { ruleId, message, line, column, selector } of result.messages)
      found.push({ file, rule: ruleId, message: `${line}:${column} ${message}`, selector });
  if (kind === "letter") {
    const { caniemail } = await import("caniemail");
    // Errors are what a client does not know; warnings, what it knows with a note.
    for (const [client, list] of caniemail({ clients: CLIENTS, html }).issues.errors)
      for (const { title } of list) found.push({ file, rule: "caniemail", message: title, client });
  }
}
console.log(JSON.stringify(found));
