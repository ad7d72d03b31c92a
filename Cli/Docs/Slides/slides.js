
"use strict";
const slides = [...document.querySelectorAll(".slide")];
const root = document.documentElement, place = document.getElementById("place"), speak = document.getElementById("speak");
let now = 0;

function show(index) {
  now = Math.max(0, Math.min(slides.length - 1, index));
  slides.forEach((slide, i) => slide.classList.toggle("now", i === now));
  place.textContent = `${now + 1} / ${slides.length}`;
  if (location.hash !== `#${now + 1}`) history.replaceState(null, "", `#${now + 1}`);
  window.scrollTo(0, 0);
}

function fromAddress() {
  show((parseInt(location.hash.slice(1), 10) || 1) - 1);
}

function toggleNotes() {
  speak.setAttribute("aria-pressed", String(root.classList.toggle("speaking")));
}

function toggleAnswer() {
  const answer = slides[now].querySelector("details");
  if (answer) answer.open = !answer.open;
}

const keys = {
  ArrowRight: () => show(now + 1), PageDown: () => show(now + 1), " ": () => show(now + 1),
  ArrowLeft: () => show(now - 1), PageUp: () => show(now - 1),
  Home: () => show(0), End: () => show(slides.length - 1), n: toggleNotes, a: toggleAnswer,
};

root.classList.add("live");
document.getElementById("next").addEventListener("click", () => show(now + 1));
document.getElementById("back").addEventListener("click", () => show(now - 1));
speak.addEventListener("click", toggleNotes);
addEventListener("hashchange", fromAddress);
addEventListener("keydown", event => {
  const control = event.target instanceof Element && event.target.closest("button, summary, a");
  if (event.ctrlKey || event.altKey || event.metaKey || (control && (event.key === " " || event.key === "Enter"))) return;
  const action = keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
fromAddress();
