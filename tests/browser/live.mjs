import { launch } from "./browser.js";
import { started } from "./workbook.js";
const browser = await launch();
const { book, storageState } = await started();
const context = await browser.newContext({ storageState });
const page = await context.newPage();
page.on("console", m => console.log("console", m.text())); page.on("pageerror", e => console.log("err", e.message));
await page.goto(book + "index.html");
console.log(await page.locator(".hook .said").textContent());
await page.locator("[data-do=hook]").click();
for (let i = 0; i < 40; i++) {
  await page.waitForTimeout(1000);
  const st = await page.evaluate(() => [document.querySelector("[data-do=hook]").textContent, document.querySelector(".hook .said").textContent, [...document.querySelectorAll(".hook .clock")].map(c=>c.textContent)]);
  console.log(i, JSON.stringify(st));
  if (/again/.test(st[0])) break;
}
process.exit(0);
