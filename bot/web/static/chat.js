/* The residents' page.
 *
 * What a person says is kept in this browser until the server has it: a message keeps its id through every attempt, so that
 * nothing is lost and nothing is done twice. What the server says is known by its id, whichever way it comes (answer,
 * stream, poll), and is only ever put on the page as text.
 *
 * Sentences come from the wording catalogue (/api/chat/wording); keys here are without their "page." in front. The names
 * of ticket statuses are the catalogue's "tickets.status.…".
 */

import * as aloud from "./aloud.js";
import { wishOf } from "./wishes.js";

const LIMIT = 2000; // characters of one message that the server takes
const NEAR_LIMIT = 1800;
const KEPT = 400; // own messages kept in this browser
const PATIENCE = 30_000; // how long a request may take
const POLL_ALONE = 10_000; // without a stream
const POLL_SOON = 3_000; // while something is missing
const POLL_BESIDE = 60_000; // beside a stream, should something on the way hold its events back
const STREAM_TRIES = 3;
const PAST = 2 ** 50; // set off from the ids of a conversation that is no more
const FEW = 4; // choices under a reply that large letters show at once
const PAUSE_TOLD = 10 * 60_000; // a silence after which the time of day is shown

const $ = (id) => document.getElementById(id);

// ── what this browser keeps ─────────────────────────────────────────────────────────────────────────────────────────

const PREFIX = "gridbot.";
const store = {
  get(key) {
    try {
      return localStorage.getItem(PREFIX + key);
    } catch {
      return null; // storage may be switched off; the page then remembers as long as it is open
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(PREFIX + key, value);
    } catch { /* full or switched off */ }
  },
  remove(key) {
    try {
      localStorage.removeItem(PREFIX + key);
    } catch { /* switched off */ }
  },
  keys() {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    } catch {
      return [];
    }
  },
};

const SENT = "sent.";

/** Own messages, one storage key each, so that two open tabs do not overwrite each other's. */
function keptMessages() {
  const kept = [];
  for (const key of store.keys()) {
    if (!key.startsWith(SENT)) continue;
    try {
      const own = JSON.parse(store.get(key));
      if (own && typeof own.id === "string" && typeof own.text === "string") kept.push(own);
    } catch {
      store.remove(key);
    }
  }
  kept.sort((a, b) => a.at - b.at);
  for (const old of kept.splice(0, Math.max(0, kept.length - KEPT))) store.remove(SENT + old.id);
  return kept;
}

function keep(own) {
  if (state.own.get(own.id) === own) store.set(SENT + own.id, JSON.stringify(own));
}

const CHINESE = "zh-CN";
const OTHER = { [CHINESE]: "en", en: CHINESE }; // what the menu offers instead

const state = {
  conversation: null,
  place: "", // "" while none is chosen
  placeAsked: false,
  language: CHINESE, // of the page; the conversation's, as soon as the server tells
  own: new Map(), // message id → {id, conversation, text, content, of, at, anchor, state, error, final}
  replies: new Map(), // reply id → reply
  restored: true, // false until the history of an earlier visit has been fetched
  heard: 0, // id up to which stream and polls have told everything
  era: 0, // grows with each new conversation; answers to an older one are dropped
  pending: 0,
  unread: 0,
};

// ── wording ─────────────────────────────────────────────────────────────────────────────────────────────────────────

let wording = {};
let chinese = {}; // what the page says to the assistant, which understands Chinese

function say(key, parameters = {}, from = wording) {
  const sentence = from[`page.${key}`] ?? chinese[`page.${key}`];
  if (sentence === undefined) return key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in parameters ? String(parameters[name]) : whole));
}

/** All sentences under a key, in the order of the Chinese catalogue: [as shown, in Chinese]. */
function sayAll(key) {
  return Object.keys(chinese).filter((name) => name.startsWith(`page.${key}.`)).map((name) =>
    [wording[name] ?? chinese[name], chinese[name]]);
}

function fillWording() {
  const targets = { say: (e, s) => (e.textContent = s), sayLabel: (e, s) => e.setAttribute("aria-label", s),
    sayTitle: (e, s) => (e.title = s), sayPlaceholder: (e, s) => (e.placeholder = s) };
  for (const [name, put] of Object.entries(targets)) {
    const attribute = `data-${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
    for (const element of document.querySelectorAll(`[${attribute}]`)) put(element, say(element.dataset[name]));
  }
}

// ── talking to the server ───────────────────────────────────────────────────────────────────────────────────────────

/** Why a request did not work. `final`: the same request again would not work either. */
class Failure extends Error {
  constructor(message, { status = 0, final = false } = {}) {
    super(message);
    this.status = status;
    this.final = final;
  }
}

async function call(method, path, body) {
  const patience = new AbortController();
  const alarm = setTimeout(() => patience.abort(), PATIENCE);
  let response;
  let answer = null;
  try {
    response = await fetch(path, {
      method,
      signal: patience.signal,
      cache: "no-store",
      headers: { "Accept-Language": state.language, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    answer = await response.json();
  } catch {
    if (patience.signal.aborted) throw new Failure(say("sending.timeout"));
    if (!response) throw new Failure(say("sending.network"));
    if (response.ok) throw new Failure(say("sending.server"), { status: response.status });
  } finally {
    clearTimeout(alarm);
  }
  if (response.ok) return answer ?? {};
  const { status } = response;
  const final = status >= 400 && status < 500 && ![404, 408, 409, 425, 429].includes(status);
  const told = answer?.error?.message;
  const message = typeof told === "string" && told ? told : say(final ? "sending.refused" : "sending.server");
  throw new Failure(message, { status, final });
}

async function openConversation() {
  let session;
  try {
    const { place, language } = state;
    session = await call("POST", "/api/chat/sessions", place ? { place, language } : { language });
  } catch (failure) {
    if (!failure.final || !state.place) throw failure;
    showPlace(""); // a place kept from earlier that is no longer served
    session = await call("POST", "/api/chat/sessions", { language: state.language });
  }
  if (typeof session.conversation !== "string") throw new Failure(say("sending.server"));
  state.conversation = session.conversation;
  store.set("conversation", state.conversation);
  if (session.demo) showDemo();
  for (const own of state.own.values()) {
    own.conversation = state.conversation;
    keep(own);
  }
  listen();
}

/** The server no longer knows the conversation: go on in a new one, with what was said here still shown. */
function forgetConversation() {
  stopListening();
  state.conversation = null;
  state.heard = 0;
  state.restored = true;
  store.remove("conversation");
  // Its ids may come again in the new one: what is known moves out of their way, in its order.
  state.replies = new Map([...state.replies].map(([id, reply]) => [id - PAST, { ...reply, id: id - PAST }]));
  for (const own of state.own.values()) {
    own.conversation = null;
    own.anchor -= PAST;
    if (own.of !== null) own.of -= PAST;
    keep(own);
  }
  rebuild();
  tell(say("connection.moved"), { line: true });
}

// ── saying something ────────────────────────────────────────────────────────────────────────────────────────────────

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages that are not served securely (a phone in the office's network) have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const lastReply = () => Math.max(0, ...state.replies.keys());

/**
 * Say something: shown at once, sent in its turn.
 * @param text what the person's bubble shows
 * @param content what is sent: {text}, {payload} or {location}
 * @param of id of the reply whose button was pressed
 */
function speak(text, content, of = null) {
  const own = { id: newId(), conversation: state.conversation, text, content, of, at: Date.now(), anchor: lastReply(),
    state: "sending" };
  state.own.set(own.id, own);
  keep(own);
  stopReading();
  const bubble = showOwn(own);
  toEnd();
  enqueue(own);
  return bubble;
}

let queue = Promise.resolve();

/** One after the other, so that they arrive in the order in which they were said. */
function enqueue(own) {
  const { era } = state;
  state.pending += 1;
  showTyping();
  queue = queue.then(() => (era === state.era ? deliver(own, era) : null)).finally(() => {
    if (era !== state.era) return;
    state.pending -= 1;
    showTyping();
  });
}

async function deliver(own, era, again = false) {
  try {
    if (!state.conversation) await openConversation();
    if (era !== state.era) return;
    const body = { conversation: state.conversation, message_id: own.id, ...own.content };
    const answer = await call("POST", "/api/chat/messages", body);
    if (era !== state.era) return;
    settle(own, "sent");
    showPlace(answer.place);
    await showLanguage(answer.language);
    if (era !== state.era) return;
    const replies = list(answer.replies);
    for (const reply of replies) hear(reply, "answer");
    if (!replies.length) tell(say("log.slow"), { line: true }); // taken; the answer comes as a notice does
    connected();
  } catch (failure) {
    if (era !== state.era) return;
    if (failure.status === 404 && !again) {
      forgetConversation();
      await deliver(own, era, true);
      return;
    }
    settle(own, "failed", failure instanceof Failure ? failure : new Failure(say("sending.server")));
    if (failure.status !== 0) return;
    disconnected();
    clearTimeout(timer);
    timer = setTimeout(poll, POLL_SOON);
  }
}

function settle(own, outcome, failure = null) {
  own.state = outcome;
  own.error = failure?.message;
  own.final = failure?.final ?? false;
  keep(own);
  const bubble = bubbleOf(own);
  if (!bubble) return;
  const stick = atEnd();
  dressOwn(bubble, own);
  if (stick) toEnd();
}

function resend(own) {
  own.state = "sending";
  own.anchor = lastReply();
  own.at = Date.now();
  keep(own);
  bubbleOf(own)?.remove();
  state.own.delete(own.id); // to the end of the list, as on the screen
  state.own.set(own.id, own);
  focusQuietly(showOwn(own));
  toEnd();
  enqueue(own);
}

/** A message that the server will not take: back into the input, without losing what stands there. */
function takeBack(own) {
  bubbleOf(own)?.remove();
  state.own.delete(own.id);
  store.remove(SENT + own.id);
  text.value = text.value.trim() ? `${own.text}\n${text.value}` : own.text;
  drafted();
  text.focus();
}

// ── hearing something ───────────────────────────────────────────────────────────────────────────────────────────────

const list = (value) => (Array.isArray(value) ? value : []);
const words = (value) => (typeof value === "string" ? value : "");

/** A reply as this page keeps it, whatever is missing in what came. */
function understood(raw, source) {
  if (!raw || typeof raw !== "object" || !Number.isFinite(Number(raw.id))) return null;
  const reply = {
    id: Number(raw.id),
    text: words(raw.text),
    buttons: list(raw.buttons).filter((button) => words(button?.label) && words(button?.payload)),
    citations: list(raw.citations).filter((citation) => words(citation?.text)),
    ticket: words(raw.ticket?.number) ? raw.ticket : null,
    answers: words(raw.message_id),
    at: Date.parse(words(raw.at)) || (source === "history" ? 0 : Date.now()),
  };
  const unasked = source === "later" && state.pending === 0 && !reply.answers;
  reply.notice = words(raw.kind) ? raw.kind === "notice" : unasked;
  return reply;
}

function hear(raw, source) {
  const reply = understood(raw, source);
  if (!reply) return;
  if (source !== "answer") state.heard = Math.max(state.heard, reply.id);
  const asked = state.own.get(reply.answers);
  if (asked && asked.state !== "sent") settle(asked, "sent");
  if (state.replies.has(reply.id)) return;
  const newest = reply.id > lastReply();
  state.replies.set(reply.id, reply);
  if (source === "history") return;
  if (!newest) {
    rebuild(); // something older came late: put it where it belongs
    return;
  }
  const stick = atEnd();
  const bubble = showReply(reply);
  if (readsByItself()) readSoon(reply.id);
  if (source === "later" && document.hidden) {
    state.unread += 1;
    document.title = say("unread", { count: state.unread, title: say("title") });
  }
  if (stick) follow(bubble);
  else $("newer").hidden = false;
}

/** All that the server has said after `state.heard`; pages until nothing more comes. */
async function fetchLater(source) {
  const { era, conversation } = state;
  for (;;) {
    const before = state.heard;
    const query = new URLSearchParams({ conversation, after: String(before) });
    const answer = await call("GET", `/api/chat/messages?${query}`);
    if (era !== state.era || conversation !== state.conversation) return;
    for (const reply of list(answer.replies)) hear(reply, source);
    if (state.heard <= before) return;
  }
}

async function restore() {
  await fetchLater("history");
  state.restored = true;
  rebuild();
  toEnd();
}

let source = null; // the open stream
let timer = 0; // the next poll, or the next attempt to open the stream
let broken = 0; // attempts of the stream that failed in a row

function stopListening() {
  source?.close();
  source = null;
  clearTimeout(timer);
}

/** Hear later notices: by the stream while the page is seen, by polls else and where streams do not get through. */
function listen() {
  stopListening();
  if (!state.conversation) return;
  if (state.restored && !document.hidden && "EventSource" in window && broken < STREAM_TRIES) {
    const query = new URLSearchParams({ conversation: state.conversation, after: String(state.heard) });
    const stream = new EventSource(`/api/chat/stream?${query}`);
    source = stream;
    stream.addEventListener("open", () => {
      broken = 0;
      connected();
    });
    stream.addEventListener("reply", (event) => {
      if (stream !== source) return;
      try {
        hear(JSON.parse(event.data), "later");
      } catch { /* not for us */ }
    });
    stream.addEventListener("error", () => {
      if (stream !== source) return;
      broken += 1;
      stopListening();
      timer = setTimeout(poll, 500 * 2 ** broken); // a poll tells why, and catches up
    });
  }
  const alone = state.restored ? POLL_ALONE : POLL_SOON;
  timer = setTimeout(poll, source ? POLL_BESIDE : alone);
}

async function poll() {
  clearTimeout(timer);
  if (!state.conversation) {
    if (navigator.onLine) connected(); // nothing to hear yet; the next message will tell
    return;
  }
  try {
    await (state.restored ? fetchLater("later") : restore());
    connected();
  } catch (failure) {
    if (failure.status === 404) {
      forgetConversation();
      return;
    }
    disconnected();
  }
  if (source) timer = setTimeout(poll, POLL_BESIDE);
  else listen();
}

function connection(sentence) {
  const strip = $("connection");
  if (strip.textContent !== sentence) strip.textContent = sentence;
  strip.hidden = !sentence;
}

const connected = () => connection("");
const disconnected = () => connection(say(navigator.onLine ? "connection.lost" : "connection.offline"));

// ── putting it on the page ──────────────────────────────────────────────────────────────────────────────────────────

const log = $("log");
const messages = $("messages");
const text = $("text");

/** An element; text only ever as text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

function button(label, press, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, ...(Array.isArray(label) ? label : [label]));
  element.addEventListener("click", press);
  return element;
}

const spoken = (sentence) => make("span", { class: "hidden-text" }, sentence);

/** Told to screen readers, and with `line` shown between the messages as well. */
function tell(sentence, { line = false } = {}) {
  const status = $("status");
  if (!line) {
    status.textContent = "";
    status.textContent = sentence;
    return;
  }
  const stick = atEnd();
  messages.append(make("li", { class: "line" }, sentence));
  if (stick) toEnd();
}

const DANGER = /(?<![\d.第\-A-Za-z])(110|119|120)(?![\d.%\-A-Za-z路号条元块米天个年月日分室栋楼单平])/;

/** Text with the emergency numbers in it made callable. */
function callable(sentence) {
  return sentence.split(new RegExp(DANGER, "g")).map((part, place) =>
    place % 2 ? make("a", { class: "danger", href: `tel:${part}` }, part) : part);
}

const bubbleOf = (own) => document.getElementById(`own-${own.id}`);

function showOwn(own) {
  showTime(own.at);
  const body = make("div", { class: "bubble" }, spoken(say("log.you")),
    own.content.location ? icon("pin") : null, make("p", { class: "words" }, own.text));
  const bubble = make("li", { class: "message own", id: `own-${own.id}`, tabindex: "-1" }, body);
  dressOwn(bubble, own);
  messages.append(bubble);
  if (own.of !== null) markPressed(own);
  return bubble;
}

function dressOwn(bubble, own) {
  bubble.classList.toggle("failed", own.state === "failed");
  bubble.querySelector(".fate")?.remove();
  if (own.state === "sending") bubble.append(make("p", { class: "fate", "aria-hidden": "true" }, say("sending.now")));
  if (own.state === "failed") {
    const again = own.final && typeof own.content.text === "string"
      ? button(say("sending.edit"), () => takeBack(own), { class: "again" })
      : button([icon("again"), say("sending.again")], () => resend(own), { class: "again" });
    const reason = make("span", {}, say("sending.failed", { reason: own.error ?? "" }));
    bubble.append(make("div", { class: "fate" }, reason, again));
  }
}

function showReply(reply) {
  showTime(reply.at);
  const bubble = make("li", { class: reply.notice ? "message reply notice" : "message reply", id: `reply-${reply.id}` });
  const body = make("div", { class: "bubble" });
  if (reply.notice) {
    body.append(make("p", { class: "notice-mark" }, icon("bell"), say("notice.mark")));
  } else body.append(spoken(say("log.assistant")));
  if (reply.text) body.append(make("p", { class: "words" }, ...callable(reply.text)));
  if (reply.ticket) body.append(ticketCard(reply.ticket));
  if (reply.citations.length) {
    const alone = reply.citations.length === 1 && !reply.ticket; // then it is what the reply says
    body.append(make("div", { class: "citations", role: "group", "aria-label": say("citation.group") },
      ...reply.citations.map((citation) => citationCard(citation, alone))));
  }
  bubble.append(body, aloudButton(reply));
  if (reply.buttons.length) bubble.append(choices(reply));
  messages.append(bubble);
  return bubble;
}

function choices(reply) {
  const group = make("div", { class: "choices", role: "group", "aria-label": say("buttons.group") });
  for (const { label, payload } of reply.buttons) {
    const press = (event) => {
      const bubble = speak(label, { payload }, reply.id);
      if (event.detail === 0) focusQuietly(bubble); // pressed by keyboard: go on from one's own words
    };
    const further = group.childElementCount >= FEW ? " further" : "";
    group.append(button(label, press, { class: `choice${further}`, "data-payload": payload }));
  }
  if (group.childElementCount > FEW + 1) {
    const more = button(say("buttons.more"), () => {
      group.classList.add("unfolded");
      group.children[FEW].focus();
    }, { class: "choice more" });
    group.append(more);
  } else group.classList.add("unfolded");
  return group;
}

/** A pressed group stays as it was pressed: its buttons are spent. */
function markPressed(own) {
  const group = document.getElementById(`reply-${own.of}`)?.querySelector(".choices");
  for (const choice of group?.children ?? []) {
    choice.disabled = true;
    if (choice.dataset.payload !== own.content.payload) continue;
    choice.classList.add("chosen");
    choice.setAttribute("aria-label", say("buttons.chosen", { label: choice.textContent }));
  }
}

function ticketCard(ticket) {
  const status = words(ticket.status);
  const told = wording[`tickets.status.${status}`];
  const card = make("dl", {},
    make("div", {}, make("dt", {}, say("ticket.number")), make("dd", { class: "number" }, ticket.number)),
    make("div", {}, make("dt", {}, say("ticket.status")),
      make("dd", {}, make("span", { class: "status", "data-status": status }, told ?? status))));
  const ask = button(say("ticket.ask"), () => {
    const { number } = ticket;
    const asked = say("ticket.ask_text", { number }, chinese);
    focusQuietly(speak(say("ticket.ask_text", { number }), { text: asked }));
  }, { class: "plain" });
  return make("section", { class: "ticket", "aria-label": say("ticket.heading") }, card, ask);
}

// ── reading aloud ───────────────────────────────────────────────────────────────────────────────────────────────────

let reading = null; // id of the reply that is being read
let toRead = []; // ids of those that wait

const canRead = () => aloud.canRead(say("aloud.read"));
const readsByItself = () => $("aloud").getAttribute("aria-pressed") === "true" && canRead();

/** What a reply is to the ear: its words, the law's words, and what can be chosen. */
function soundOf(reply) {
  const laws = reply.citations.map((citation) =>
    `${say("citation.title", { title: words(citation.title) })}${words(citation.label)}\n${citation.text}`);
  const labels = reply.buttons.map(({ label }) => label).join(say("aloud.between"));
  return [reply.text, ...laws, labels && say("aloud.choices", { labels })].filter(Boolean).join("\n");
}

function aloudButton(reply) {
  const label = make("span", {});
  const element = button([icon("sound"), label], () => {
    const mine = reading === reply.id;
    stopReading();
    if (!mine) readNow(reply.id);
  }, { class: "aloud", "data-reply": reply.id });
  dressAloud(element);
  return element;
}

function dressAloud(element) {
  const mine = Number(element.dataset.reply) === reading;
  element.classList.toggle("reading", mine);
  element.lastChild.textContent = say(mine ? "aloud.stop" : "aloud.read");
}

function nowReading(id) {
  reading = id;
  for (const element of messages.querySelectorAll(".aloud")) dressAloud(element);
}

function readNow(id) {
  const reply = state.replies.get(id);
  if (!reply) return;
  nowReading(id);
  aloud.read(soundOf(reply), () => {
    nowReading(null);
    if (toRead.length) readNow(toRead.shift());
  });
}

/** Read once what is being read has been read. */
function readSoon(id) {
  if (reading === null) readNow(id);
  else toRead.push(id);
}

function stopReading() {
  toRead = [];
  aloud.stop();
  if (reading !== null) nowReading(null);
}

/** Show where one can be read to, and where not, say so. */
function showAloud() {
  const can = canRead();
  document.documentElement.classList.toggle("audible", can);
  $("aloud-none").hidden = can;
  $("aloud").setAttribute("aria-pressed", String(can && store.get("aloud") === "1"));
  $("aloud").setAttribute("aria-disabled", String(!can));
  if (can) $("aloud").removeAttribute("aria-describedby");
  else $("aloud").setAttribute("aria-describedby", "aloud-none");
}

function toggleAloud() {
  if (!canRead()) {
    tell(say("aloud.none"));
    return;
  }
  store.set("aloud", readsByItself() ? "" : "1");
  showAloud();
  if (!readsByItself()) stopReading();
  tell(say(readsByItself() ? "aloud.auto_on" : "aloud.auto_off"));
}

/** What is said to the page itself; false where it is for the assistant. */
function fulfil(said) {
  const last = state.replies.get(lastReply());
  const wish = wishOf(said, /[?？]\s*$/.test(last?.text ?? ""));
  if (wish === "large" && !isLarge()) {
    chooseLarge(true, { line: true });
    return true;
  }
  if (wish !== "aloud" || !last) return false;
  if (canRead()) readNow(last.id);
  else tell(say("aloud.none"), { line: true });
  return true;
}

const DIGITS = "零一二三四五六七八九";

/** 18 → 十八, 101 → 一百零一 */
function chineseNumber(number) {
  if (!Number.isInteger(number) || number < 1 || number > 999) return String(number);
  const [hundreds, tens, ones] = [Math.floor(number / 100), Math.floor((number % 100) / 10), number % 10];
  let written = hundreds ? `${DIGITS[hundreds]}百` : "";
  if (tens) written += tens === 1 && !hundreds ? "十" : `${DIGITS[tens]}十`;
  else if (hundreds && ones) written += DIGITS[0];
  return written + (ones ? DIGITS[ones] : "");
}

/** The spans of a citation's text that are marked, in code points, where they are what they should be. */
function marksOf(citation, length) {
  return list(citation.marked).filter((span) => Array.isArray(span) && span.every(Number.isInteger)
    && span[0] >= 0 && span[0] < span[1] && span[1] <= length);
}

/** The paragraphs of an article, sign for sign, with what is marked in `<mark>`. */
function quoted(citation) {
  const signs = [...citation.text];
  const marks = marksOf(citation, signs.length);
  let paragraph = make("p");
  const paragraphs = [paragraph];
  const borders = new Set([0, signs.length, ...marks.flat(), ...signs.flatMap((sign, at) => sign === "\n" ? [at, at + 1] : [])]);
  const cuts = [...borders].sort((a, b) => a - b);
  for (const [place, begin] of cuts.slice(0, -1).entries()) {
    const piece = signs.slice(begin, cuts[place + 1]).join("");
    if (piece === "\n") paragraphs.push(paragraph = make("p"));
    else if (marks.some(([from, to]) => from <= begin && begin < to)) {
      paragraph.append(make("mark", {}, spoken(say("citation.marked")), piece));
    } else paragraph.append(piece);
  }
  return paragraphs.filter((each) => each.hasChildNodes());
}

function citationCard(citation, open) {
  const number = state.language === CHINESE ? chineseNumber(citation.article) : citation.article;
  const article = words(citation.label) || say("citation.article", { number });
  const date = /^(\d{4})-(\d{2})-(\d{2})/.exec(words(citation.effective));
  const effective = date
    ? say("citation.effective", { year: date[1], month: Number(date[2]), day: Number(date[3]) })
    : say("citation.effective_unknown");
  const source = make("p", { class: "source" }, ...[words(citation.chapter), effective].filter(Boolean)
    .map((part) => make("span", {}, part)));
  const quote = make("blockquote", {}, ...quoted(citation));
  const copied = make("span", { class: "copied", role: "status" });
  const copy = button([icon("copy"), say("citation.copy")], async () => {
    const whole = say("citation.copied_text", { title: words(citation.title), article, text: citation.text });
    copied.textContent = "";
    copied.textContent = say((await copyText(whole)) ? "citation.copied" : "citation.copy_failed");
  }, { class: "plain" });
  const card = make("details", { class: "citation", open: open || quote.querySelector("mark") !== null },
    make("summary", {},
      icon("book"),
      make("span", { class: "law" },
        make("span", { class: "law-title" }, say("citation.title", { title: words(citation.title) })), " ",
        make("b", { class: "law-article" }, article), " ",
        words(citation.note) ? make("span", { class: "badge" }, citation.note) : null),
      icon("chevron")),
    source, quote, make("p", { class: "copying" }, copy, copied));
  card.addEventListener("toggle", () => {
    if (card.open && card.contains(document.activeElement)) card.scrollIntoView({ block: "nearest" });
  });
  return card;
}

async function copyText(whole) {
  try {
    await navigator.clipboard.writeText(whole);
    return true;
  } catch {
    // No clipboard on pages that are not served securely: the old way.
    const field = make("textarea", { class: "hidden-text", "aria-hidden": "true", tabindex: "-1" });
    const focused = document.activeElement;
    field.value = whole;
    document.body.append(field);
    field.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch { /* not allowed either */ }
    field.remove();
    focused?.focus({ preventScroll: true });
    return done;
  }
}

let toldTime = 0;

function showTime(at) {
  if (!at) return;
  if (Math.abs(at - toldTime) > PAUSE_TOLD) {
    const stamp = make("time", { datetime: new Date(at).toISOString() }, timeOf(new Date(at)));
    messages.append(make("li", { class: "line" }, stamp));
  }
  toldTime = at;
}

function timeOf(moment) {
  const now = new Date();
  const time = `${moment.getHours()}:${String(moment.getMinutes()).padStart(2, "0")}`;
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(moment).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return say("day.today", { time });
  if (days === 1) return say("day.yesterday", { time });
  const date = { year: moment.getFullYear(), month: moment.getMonth() + 1, day: moment.getDate(), time };
  return say(date.year === now.getFullYear() ? "day.date" : "day.full", date);
}

/** Which quotation of which reply. */
function placeOf(card) {
  const reply = card.closest("li");
  return `${reply.id} ${[...reply.querySelectorAll("details")].indexOf(card)}`;
}

/** Everything anew, in order: a message stands before the first reply that came after it was said. */
function rebuild() {
  const stick = atEnd();
  const waiting = [...state.own.values()];
  const folded = new Map(Array.from(messages.querySelectorAll("details"), (each) => [placeOf(each), each.open]));
  log.setAttribute("aria-live", "off");
  messages.replaceChildren();
  toldTime = 0;
  for (const id of [...state.replies.keys()].sort((a, b) => a - b)) {
    while (waiting.length && waiting[0].anchor < id) showOwn(waiting.shift());
    showReply(state.replies.get(id));
  }
  waiting.forEach(showOwn);
  for (const own of state.own.values()) if (own.of !== null) markPressed(own);
  for (const each of messages.querySelectorAll("details")) each.open = folded.get(placeOf(each)) ?? each.open;
  if (stick && messages.childElementCount) toEnd();
  setTimeout(() => log.setAttribute("aria-live", "polite"), 0);
}

// ── typing, scrolling, focus ────────────────────────────────────────────────────────────────────────────────────────

let typingSoon = 0;
let typingLong = 0;

function showTyping() {
  clearTimeout(typingSoon);
  clearTimeout(typingLong);
  const typing = $("typing");
  if (state.pending === 0) {
    typing.hidden = true;
    return;
  }
  typingSoon = setTimeout(() => {
    const stick = atEnd();
    $("typing-words").textContent = "";
    typing.hidden = false;
    if (stick) toEnd();
  }, 350);
  typingLong = setTimeout(() => {
    $("typing-words").textContent = say("log.slow");
    tell(say("log.slow"));
  }, 6000);
}

/** The log scrolls by itself, except on very low screens, where the whole page does. */
const scroller = () => (getComputedStyle(log).overflowY === "auto" ? log : document.scrollingElement);

let following = true; // whether the end of the conversation is being read

const atEnd = () => following;

function noteScroll() {
  const { scrollHeight, scrollTop, clientHeight } = scroller();
  following = scrollHeight - scrollTop - clientHeight < 90;
  if (following) $("newer").hidden = true;
}

function toEnd() {
  const box = scroller();
  box.scrollTop = box.scrollHeight;
  following = true;
  $("newer").hidden = true;
}

let firstNew = null; // of the replies that came together

/** To the end, but no further than the beginning of what is new. */
function follow(bubble) {
  if (firstNew) return;
  firstNew = bubble;
  requestAnimationFrame(() => {
    const box = scroller();
    const top = box === log ? log.getBoundingClientRect().top : 0;
    const beginning = box.scrollTop + firstNew.getBoundingClientRect().top - top - 16;
    if (firstNew.isConnected) box.scrollTop = Math.min(beginning, box.scrollHeight - box.clientHeight);
    firstNew = null;
  });
}

function focusQuietly(element) {
  element.focus({ preventScroll: true });
}

// ── places ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function showPlace(place) {
  if (place !== undefined) {
    state.place = words(place);
    store.set("place", state.place);
  }
  $("place-name").textContent = state.place || say("place.choose");
  $("place").setAttribute("aria-label", say("place.change_label", { place: state.place || say("place.none") }));
  $("place-ask").hidden = state.placeAsked || Boolean(state.place);
  for (const option of document.querySelectorAll("[data-place]")) {
    const current = option.dataset.place !== "" && option.dataset.place === state.place;
    option.classList.toggle("current", current);
    if (current) option.setAttribute("aria-current", "true");
    else option.removeAttribute("aria-current");
  }
}

async function choosePlace(place) {
  const { era } = state;
  if (state.conversation) {
    try {
      const session = await call("POST", "/api/chat/sessions", { place: place || null, conversation: state.conversation });
      if (era !== state.era) return;
      if (words(session.conversation) && session.conversation !== state.conversation) moveTo(session.conversation);
    } catch (failure) {
      if (failure.status !== 404) {
        tell(say("place.failed", { reason: failure.message }), { line: true });
        return;
      }
      if (era === state.era) forgetConversation(); // the new one begins with the new place
    }
  }
  state.placeAsked = true;
  store.set("place-asked", "1");
  const started = messages.childElementCount > 0;
  showPlace(place);
  if (!place) tell(say("place.cleared"), { line: started });
  else tell(say(started ? "place.changed" : "place.chosen", { place }), { line: started });
}

/** The server went on under another id. */
function moveTo(conversation) {
  forgetConversation();
  state.conversation = conversation;
  store.set("conversation", conversation);
  listen();
}

function placeOptions(press) {
  return [...sayAll("place.options"), [say("place.later"), ""]].map(([label, place]) =>
    button(label, () => press(place), { class: place ? "option" : "option later", "data-place": place }));
}

// ── the person's side ───────────────────────────────────────────────────────────────────────────────────────────────

const lengthOf = (value) => [...value].length;

function drafted() {
  store.set("draft", text.value);
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
  const count = lengthOf(text.value.trim());
  const counter = $("counter");
  if (counter.hidden && count >= NEAR_LIMIT) tell(say("composer.close_to_limit", { count, limit: LIMIT }));
  counter.hidden = count < NEAR_LIMIT;
  counter.classList.toggle("over", count > LIMIT);
  text.setAttribute("aria-invalid", String(count > LIMIT));
  counter.textContent = counter.hidden ? "" : say("composer.counter", { count, limit: LIMIT });
  document.body.classList.toggle("drafting", count > 0);
}

function submit() {
  const said = text.value.trim();
  if (!said) {
    text.focus();
    return;
  }
  const count = lengthOf(said);
  if (count > LIMIT) {
    const sentence = say("composer.too_long", { limit: LIMIT, over: count - LIMIT });
    $("counter").textContent = sentence;
    tell(sentence);
    text.focus();
    return;
  }
  text.value = "";
  drafted();
  if (!fulfil(said)) speak(said, { text: said });
  text.focus();
}

function sendLocation() {
  const failed = (code) => {
    const sentence = say(code === 1 ? "location.denied" : "location.unavailable");
    tell(sentence, { line: true });
    text.focus();
  };
  if (!("geolocation" in navigator) || !window.isSecureContext) {
    failed(2);
    return;
  }
  tell(say("location.asking"));
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    const location = { latitude: coords.latitude, longitude: coords.longitude };
    const shown = say("location.coordinates",
      { latitude: coords.latitude.toFixed(5), longitude: coords.longitude.toFixed(5) });
    speak(`${say("location.mine")}\n${shown}`, { location });
  }, ({ code }) => failed(code), { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 });
}

function startAfresh() {
  stopListening();
  stopReading();
  state.era += 1;
  state.conversation = null;
  state.heard = 0;
  state.pending = 0;
  queue = Promise.resolve();
  for (const key of store.keys()) if (key.startsWith(SENT)) store.remove(key);
  store.remove("conversation");
  state.own.clear();
  state.replies.clear();
  showTyping();
  connected();
  rebuild();
  log.scrollTop = 0;
  document.scrollingElement.scrollTop = 0;
  tell(say("fresh.done"));
}

function showDemo() {
  $("demo").hidden = false;
  $("demo-note").hidden = false;
}

async function learnWhetherDemo() {
  try {
    const health = await (await fetch("/healthz", { cache: "no-store" })).json(); // 503 carries it as well
    if (health.demo) showDemo();
  } catch { /* the mark may still come with the conversation */ }
}

function showLarge(large) {
  document.documentElement.classList.toggle("large", large);
  $("large").setAttribute("aria-pressed", String(large));
}

const isLarge = () => $("large").getAttribute("aria-pressed") === "true";

function chooseLarge(large, { line = false } = {}) {
  const stick = atEnd();
  showLarge(large);
  store.set("large", large ? "1" : "");
  drafted();
  if (stick && messages.childElementCount) toEnd();
  tell(say(large ? "menu.large_on" : "menu.large_off"), { line });
}

// ── menu and dialogs ────────────────────────────────────────────────────────────────────────────────────────────────

const menuButton = $("menu-open");

function openMenu(open, { focus = true } = {}) {
  if (open === (menuButton.getAttribute("aria-expanded") === "true")) return;
  menuButton.setAttribute("aria-expanded", String(open));
  if (open) $("menu-place").focus();
  else if (focus) menuButton.focus();
}

function openDialog(id, opener) {
  openMenu(false, { focus: false });
  const dialog = $(id);
  dialog.returnValue = "";
  dialog.addEventListener("close", () => visible(opener).focus(), { once: true });
  dialog.showModal();
}

/** The opener may be in the menu, which has been folded. */
const visible = (opener) => (opener.offsetParent ? opener : menuButton);

function wire() {
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  text.addEventListener("input", drafted);
  text.addEventListener("keydown", (event) => {
    // While an input method composes, Enter chooses a candidate (229: browsers that end composing before the key).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  $("locate").addEventListener("click", sendLocation);
  $("newer").addEventListener("click", () => {
    toEnd();
    focusQuietly(log);
  });

  menuButton.addEventListener("click", () => openMenu(menuButton.getAttribute("aria-expanded") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && $("menu-panel").contains(document.activeElement)) openMenu(false);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".menu")) openMenu(false, { focus: false });
  });
  for (const id of ["place", "menu-place"]) $(id).addEventListener("click", () => openDialog("place-dialog", $(id)));
  $("menu-fresh").addEventListener("click", () => openDialog("fresh-dialog", $("menu-fresh")));
  $("fresh-dialog").addEventListener("close", () => {
    if ($("fresh-dialog").returnValue === "yes") startAfresh();
  });
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // beside it
    });
  }
  $("menu-language").addEventListener("click", () => {
    openMenu(false);
    speak(say("menu.language"), { payload: `lang:${OTHER[state.language]}` });
  });
  $("large").addEventListener("click", () => chooseLarge(!isLarge()));
  $("aloud").addEventListener("click", toggleAloud);
  aloud.whenVoicesChange(showAloud);
  window.addEventListener("pagehide", stopReading);
  $("menu-examples").addEventListener("click", () => {
    openMenu(false, { focus: false });
    $("examples").scrollIntoView({ block: "start" });
    focusQuietly($("examples-heading"));
  });

  log.addEventListener("scroll", noteScroll, { passive: true });
  window.addEventListener("scroll", noteScroll, { passive: true });
  window.addEventListener("resize", () => {
    if (following && messages.childElementCount) toEnd(); // the keyboard came up
  });
  window.addEventListener("online", () => {
    broken = 0;
    poll();
  });
  window.addEventListener("offline", disconnected);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      state.unread = 0;
      document.title = say("title");
      broken = 0;
    }
    stopListening();
    if (!state.conversation) return;
    if (document.hidden) listen();
    else poll();
  });
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === `${PREFIX}conversation` && newValue !== state.conversation && state.conversation) location.reload();
    if (!key?.startsWith(PREFIX + SENT) || !newValue) return;
    const own = keptMessages().find((each) => PREFIX + SENT + each.id === key); // said in another tab
    if (!own || own.conversation !== state.conversation || state.own.has(own.id)) return;
    state.own.set(own.id, { ...own, state: own.state === "sending" ? "sent" : own.state });
    rebuild();
  });
}

// ── beginning ───────────────────────────────────────────────────────────────────────────────────────────────────────

async function fetchWording(language) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(`/api/chat/wording?language=${language}`);
      if (response.ok) return await response.json();
    } catch { /* tried again below */ }
    if (attempt === 2) return null;
    await new Promise((resolve) => setTimeout(resolve, 700 * (attempt + 1)));
  }
}

/** Everything on the page that is not a message. */
function fillPage() {
  fillWording();
  document.title = say("title");
  $("language-name").textContent = say("menu.language");
  $("language-name").lang = OTHER[state.language];
  $("place-dialog-options").replaceChildren(...placeOptions((place) => {
    $("place-dialog").close();
    choosePlace(place);
  }));
  $("place-ask-options").replaceChildren(...placeOptions(async (place) => {
    await choosePlace(place);
    if ($("place-ask").hidden) focusQuietly($("examples-heading"));
  }));
  $("examples-list").replaceChildren(...sayAll("examples.list").map(([question, asked]) =>
    button(question, () => focusQuietly(speak(question, { text: asked })), { class: "option example" })));
  showAloud();
}

/** The page speaks what the conversation speaks. Quotations, names and what was said stay as they are. */
async function showLanguage(language) {
  if (!(language in OTHER) || language === state.language) return;
  const sentences = language === CHINESE ? chinese : await fetchWording(language);
  if (!sentences) return;
  wording = sentences;
  state.language = language;
  store.set("language", language);
  document.documentElement.lang = language;
  fillPage();
  showPlace();
  rebuild();
}

async function begin() {
  showLarge(store.get("large") === "1");
  chinese = await fetchWording(CHINESE);
  if (!chinese) {
    $("broken").hidden = false;
    return;
  }
  wording = chinese;
  state.conversation = store.get("conversation");
  state.place = store.get("place") ?? "";
  state.placeAsked = store.get("place-asked") === "1";
  for (const own of keptMessages()) {
    if (own.conversation && own.conversation !== state.conversation) {
      store.remove(SENT + own.id);
      continue;
    }
    if (own.state === "sending") Object.assign(own, { state: "failed", error: say("sending.interrupted") });
    state.own.set(own.id, own);
  }
  fillPage();
  wire();
  await showLanguage(store.get("language"));
  showPlace();
  text.value = store.get("draft") ?? "";
  document.body.classList.remove("starting");
  drafted();
  learnWhetherDemo();
  if (!state.conversation) {
    rebuild();
    return;
  }
  tell(say("log.restoring"));
  state.restored = false;
  rebuild();
  await poll();
}

begin();
