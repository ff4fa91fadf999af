// A page that keeps up: it asks for itself again, puts what is new in place, and says when it cannot.

import { Bell, SignedOut, Source, putInPlace } from "./news.js";

const EVERY = 3000;
const source = new Source();
const main = document.getElementById("main");
const notice = document.createElement("p");
notice.className = "banner warn";
notice.setAttribute("role", "status");

const bell = new Bell(async () => {
  try {
    const fresh = await source.read(location.href);
    if (fresh) putInPlace(fresh, main);
    notice.remove();
    return true;
  } catch (error) {
    if (error instanceof SignedOut) {
      clearInterval(poll);
      tell("You are signed out, and this page keeps up no more. ", signIn());
      return true;
    }
    const since = new Date().toLocaleTimeString();
    if (!notice.isConnected) {
      tell(`The server does not answer. What is shown here was so at ${since}; it goes on by itself.`);
    }
    return false;
  }
});
const poll = setInterval(() => {
  if (document.visibilityState === "visible") bell.ring();
}, EVERY);

function tell(...parts) {
  main.prepend(notice);
  notice.replaceChildren(...parts);
}

function signIn() {
  const link = document.createElement("a");
  link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "Sign in again";
  return link;
}
