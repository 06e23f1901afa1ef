
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filters");
const found = document.getElementById("found");
const groups = Array.from(document.querySelectorAll(".group"), (element) => ({
  element,
  rule: element.dataset.rule.toLowerCase(),
  effects: Array.from(element.querySelectorAll(".effect")),
}));
const services = data.services.map((name) => name.toLowerCase());
const sides = new Map(data.sides);
const total = data.effects.length;

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function chosen(name) {
  return Array.from(form.elements[name]).filter((box) => box.checked).map((box) => box.value);
}

function wanted(name) {
  return form.elements[name].value.trim().toLowerCase();
}

// Every filter must let a change pass; of its services one is enough.
function filter() {
  const classes = new Set(chosen("class"));
  const levels = new Set(chosen("level"));
  const rule = wanted("rule");
  const service = wanted("service");
  const meant = services.map((name) => name.includes(service));
  let count = 0;
  let at = 0;
  for (const group of groups) {
    let here = 0;
    for (const effect of group.effects) {
      const passes = group.rule.includes(rule)
        && classes.has(effect.dataset.class) && levels.has(effect.dataset.level)
        && data.effects[at].some((index) => meant[index]);
      effect.hidden = !passes;
      here += passes ? 1 : 0;
      at += 1;
    }
    group.element.hidden = here === 0;
    count += here;
  }
  for (const element of document.querySelectorAll(".service")) {
    element.hidden = !meant[Number(element.id.slice(1))];
  }
  for (const element of document.querySelectorAll(".refusals li")) {
    element.hidden = !element.dataset.service.toLowerCase().includes(service);
  }
  document.getElementById("nothing").hidden = count > 0 || total === 0;
  found.value = `${count} of ${total} changes`;
}

// The services of a change, when somebody wants to see them.
function fill(reach) {
  reach.querySelector("ul")?.remove();
  const service = wanted("service");
  const list = make("ul");
  for (const index of data.effects[Number(reach.dataset.effect)]) {
    if (!services[index].includes(service)) continue;
    const item = make("li");
    if (sides.has(index)) {
      const link = make("a", data.services[index]);
      link.href = "#s" + index;
      link.addEventListener("click", (event) => {
        event.preventDefault();
        show(index);
      });
      item.append(link);
    } else {
      item.textContent = data.services[index];
    }
    list.append(item);
  }
  reach.append(list);
}

function show(index) {
  const element = document.getElementById("s" + index);
  element.hidden = false;
  element.open = true;
  element.scrollIntoView();
  element.querySelector("summary").focus();
}

// Of a run of equal lines, those far from a change are folded, unless they are few.
const NEAR = 3;
const FEW = 3;
function around(differs) {
  const near = differs.map((_, at) => differs.slice(Math.max(0, at - NEAR), at + NEAR + 1).some(Boolean));
  for (let at = 0, end; at < near.length; at = end) {
    for (end = at; end < near.length && near[end] === near[at];) end += 1;
    if (end - at <= FEW) near.fill(true, at, end);
  }
  return near;
}

// The rows of two specs.
function compare(element) {
  if (element.querySelector("table")) return;
  const table = make("table", undefined, "sides");
  const head = table.createTHead().insertRow();
  for (const [text, className] of [["Old", "text"], ["Rule", "rule"], ["New", "text"], ["Rule", "rule"]]) {
    head.append(make("th", text, className));
  }
  const rows = sides.get(Number(element.id.slice(1)));
  const strip = (line) => line < 0 ? null : data.lines[line].replace(/,$/, "");
  const differs = rows.map(([old, , fresh]) => strip(old) !== strip(fresh));
  const near = around(differs);
  let body = null;
  rows.forEach((row, at) => {
    if (body === null || near[at] !== near[at - 1]) {
      let length = 0;
      while (at + length < rows.length && near[at + length] === near[at]) length += 1;
      body = near[at] ? table.createTBody() : folded(table, length);
    }
    body.append(line(row, differs[at]));
  });
  element.append(table);
}

function folded(table, length) {
  const gap = table.createTBody().insertRow();
  gap.className = "gap";
  const cell = gap.insertCell();
  cell.colSpan = 4;
  const button = make("button", `${length} equal lines`);
  button.type = "button";
  const body = table.createTBody();
  body.hidden = true;
  button.addEventListener("click", () => {
    body.hidden = false;
    gap.hidden = true;
  });
  cell.append(button);
  return body;
}

function line([old, was, fresh, is], differs) {
  const row = make("tr", undefined, differs ? "differs" : "");
  const text = (index) => index < 0 ? "" : data.lines[index];
  const rule = (index) => index < 0 ? "" : data.rules[index];
  const other = !differs && rule(was) !== rule(is);
  row.append(make("td", text(old), "text"), make("td", rule(was), "rule"));
  row.append(make("td", text(fresh), "text"), make("td", rule(is), other ? "rule other" : "rule"));
  return row;
}

// What is chosen and what is open has an address: #class=broadening&service=web&open=g0,s3.
const opened = () => Array.from(document.querySelectorAll(".group, .service"));
const atFirst = opened().filter((it) => it.open).map((it) => it.id).join();
let following = false;
function remember() {
  if (following) return;
  const state = new URLSearchParams();
  for (const name of ["class", "level"]) {
    const boxes = chosen(name);
    if (boxes.length < form.elements[name].length) state.set(name, boxes.join());
  }
  for (const name of ["rule", "service"]) {
    if (form.elements[name].value) state.set(name, form.elements[name].value);
  }
  const open = opened().filter((it) => it.open).map((it) => it.id).join();
  if (open !== atFirst) state.set("open", open);
  history.replaceState(null, "", "#" + state);
}

function follow() {
  following = true;
  const state = new URLSearchParams(location.hash.slice(1));
  for (const name of ["class", "level"]) {
    const boxes = state.has(name) ? state.get(name).split(",") : null;
    for (const box of form.elements[name]) box.checked = boxes === null || boxes.includes(box.value);
  }
  for (const name of ["rule", "service"]) form.elements[name].value = state.get(name) ?? "";
  const open = new Set((state.get("open") ?? atFirst).split(","));
  for (const element of opened()) element.open = open.has(element.id);
  filter();
  // What opens tells of it only later.
  for (const element of document.querySelectorAll(".service[open]")) compare(element);
  setTimeout(() => { following = false; });
}

form.addEventListener("input", () => {
  filter();
  document.querySelectorAll(".reach[open]").forEach(fill);
  remember();
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => form.dispatchEvent(new Event("input"))));
document.addEventListener("toggle", (event) => {
  const element = event.target;
  if (element.open && element.matches(".reach")) fill(element);
  if (element.open && element.matches(".service")) compare(element);
  if (!element.matches(".reach")) remember();
}, true);
addEventListener("hashchange", follow);
form.hidden = false;
follow();
