// One job, live: its events ring, and what they have changed is fetched and put in place.
// The page says why in api/page/job.py.

import { setClock, startClock } from "./clock.js";
import { Bell, SignedOut, Source, putInPlace } from "./news.js";
import { Sideways } from "./sideways.js";

const SLOW_POLL = 10000; // also finds what no event tells: the place in a queue, a retry by others
const RECONNECT = 3000;
const WORDS = {
  live: "Live",
  lost: "Connection lost; trying again",
  over: "Up to date",
  out: "Signed out; load the page again to sign in",
};

const job = document.getElementById("job");
const connection = document.getElementById("connection");
const log = document.getElementById("log");
const map = new Sideways(document.querySelector(".map-box"));
const source = new Source();
const bell = new Bell(fetchNews);
let shown = Number(job.dataset.seq); // the last event in the log
let stream = null;
let reconnect = null;

function say(state) {
  connection.hidden = false;
  connection.dataset.state = state;
  if (connection.textContent !== WORDS[state]) connection.textContent = WORDS[state];
}

function listen() {
  clearTimeout(reconnect);
  stream?.close();
  stream = new EventSource(`${job.dataset.events}?after=${shown}`);
  stream.addEventListener("open", () => {
    say("live");
    bell.ring();
  });
  for (const type of job.dataset.eventTypes.split(" ")) {
    stream.addEventListener(type, () => bell.ring());
  }
  stream.addEventListener("end", () => {
    quiet();
    bell.ring();
  });
  stream.addEventListener("reset", listen); // from what is shown, not from what was sent
  stream.addEventListener("error", lose);
}

// The browser tries again by itself after a broken connection, but not after an answer of 5xx.
// Where no stream gets through at all, every try asks for the news.
function lose() {
  if (connection.dataset.state === "out") return;
  say("lost");
  bell.ring();
  if (stream?.readyState === EventSource.CLOSED) reconnect = setTimeout(listen, RECONNECT);
}

function quiet() {
  clearTimeout(reconnect);
  stream?.close();
  stream = null;
}

/** Return whether the news could be fetched. */
async function fetchNews() {
  let fresh;
  try {
    fresh = await source.read(`${job.dataset.news}?after=${shown}`);
  } catch (error) {
    if (error instanceof SignedOut) {
      quiet();
      clearInterval(poll);
      say("out");
      return true; // there is no use in asking again
    }
    say("lost");
    return false;
  }
  if (stream?.readyState === EventSource.OPEN) say("live");
  if (fresh) place(fresh.getElementById("news"));
  settle();
  return true;
}

function place(news) {
  job.dataset.finished = news.dataset.finished;
  document.title = news.dataset.title;
  setClock(news.dataset.now);
  putInPlace(news, document.getElementById("job-status"));
  map.show(document.getElementById(`head-${news.dataset.current}`));
  addLines(news);
  const wrong = news.dataset.open;
  if (wrong && wrong !== job.dataset.open) document.getElementById(`step-${wrong}`).open = true;
  job.dataset.open = wrong;
}

// Lines are numbered without a gap, and one that is there is not added again.
function addLines(news) {
  const lines = [...news.querySelectorAll("#lines > li")];
  if (news.dataset.after === "0") {
    log.replaceChildren(...lines);
  } else {
    log.append(...lines.filter((line) => Number(line.dataset.seq) > shown));
  }
  shown = Number(news.dataset.seq);
}

// A job that has finished for now is retried or rolled back by a person: then it goes on.
function settle() {
  const finished = job.dataset.finished === "true";
  if (finished) {
    quiet();
    say("over");
  } else if (!stream && document.visibilityState === "visible") {
    listen();
  }
}

// Browsers open six connections to a site: tabs that nobody looks at leave theirs to others.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    bell.ring();
    settle();
  } else {
    quiet();
  }
});
const poll = setInterval(() => bell.ring(), SLOW_POLL);
setClock(job.dataset.now);
map.show(document.getElementById(`head-${job.dataset.current}`));
startClock();
settle();
