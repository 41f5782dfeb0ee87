// @ts-check
// Runs, checks and edits listings where they are, and prints their chapter.
// Served with the pages by `cargo run` alone, which does the work: see
// api/mod.rs for what is asked of it, and order/event.rs for what it answers.

import { Handout } from "./handout.js";
import { live } from "./hook.js";
import { Listing } from "./listing.js";
import { offerRaces } from "./race.js";

const note = document.querySelector(".how-to-run");
if (note) {
  const key = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘" : "Ctrl";
  note.textContent = "Run and Check start a listing on your own machine, as " +
    "you and with all your rights: this is no sandbox. Edit changes it in " +
    `this browser alone, until Reset; ${key}+Enter runs what you have written.`;
}

/** @type {HTMLElement[]} */
const sections = [...document.querySelectorAll(".listing[data-listing]")].filter(
  (section) => section instanceof HTMLElement);
offerRaces(sections.map((section) => new Listing(section)));

live();

const chapter = /\/(ch\d[^/]*)\.html$/.exec(location.pathname)?.[1];
if (note && chapter) note.after(new Handout(chapter).whole);
