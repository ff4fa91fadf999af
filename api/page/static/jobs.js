// The list of jobs, fresh: the page asks for itself again and puts the list in place.

import { Bell, SignedOut, Source, putInPlace } from "./news.js";

const EVERY = 3000;
const source = new Source();
const bell = new Bell(async () => {
  try {
    const fresh = await source.read(location.href);
    if (fresh) putInPlace(fresh, document.getElementById("main"));
    return true;
  } catch (error) {
    if (!(error instanceof SignedOut)) return false;
    clearInterval(poll);
    return true;
  }
});
const poll = setInterval(() => {
  if (document.visibilityState === "visible") bell.ring();
}, EVERY);
