
"use strict";
const field = document.getElementById("search");
const found = document.getElementById("found");
const entries = Array.from(document.querySelectorAll("article"), (article) => ({
  article,
  text: article.textContent.toLowerCase(),
}));

// Every word must be somewhere in an entry.
function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { article, text } of entries) {
    article.hidden = !words.every((word) => text.includes(word));
    count += article.hidden ? 0 : 1;
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = words.length > 0 && !section.querySelector("article:not([hidden])");
  }
  found.value = words.length > 0 ? `${count} found` : "";
}

// A search has an address: #q=words.
function follow() {
  const hash = location.hash;
  if (hash.startsWith("#q=")) {
    try {
      field.value = decodeURIComponent(hash.slice(3));
    } catch {
      field.value = hash.slice(3);
    }
    search();
  }
}

field.addEventListener("input", () => {
  search();
  history.replaceState(null, "", field.value ? "#q=" + encodeURIComponent(field.value) : "#");
});
addEventListener("hashchange", follow);
follow();
