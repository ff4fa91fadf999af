// Asks the server for what is new, never twice at once and never too often, and puts it in place.

import { morph } from "./morph.js";

const LEAST_PAUSE = 200;
const LONGEST_PAUSE = 3000;

/** The address asked for is no longer the reader's: the session is over. */
export class SignedOut extends Error {}

/** Rings as often as anybody likes; works once per pause, and once more after the last ring. */
export class Bell {
  #work;
  #timer = null;
  #working = false;
  #wanted = false;
  #notBefore = 0;
  #failures = 0;

  constructor(work) {
    this.#work = work;
  }

  ring() {
    this.#wanted = true;
    if (this.#timer !== null || this.#working) return;
    const wait = Math.max(0, this.#notBefore - performance.now());
    this.#timer = setTimeout(() => this.#answer(), wait);
  }

  async #answer() {
    this.#timer = null;
    this.#wanted = false;
    this.#working = true;
    const began = performance.now();
    try {
      this.#failures = (await this.#work()) ? 0 : this.#failures + 1;
    } finally {
      // A slow server is asked less often.
      const took = performance.now() - began;
      const trouble = this.#failures ? 500 * 2 ** Math.min(this.#failures, 4) : 0;
      const pause = Math.min(Math.max(LEAST_PAUSE, 2 * took, trouble), LONGEST_PAUSE);
      this.#notBefore = performance.now() + pause;
      this.#working = false;
      if (this.#wanted || this.#failures) this.ring();
    }
  }
}

/** Fetches a page or fragment; remembers its entity tag, so that no news cost nothing. */
export class Source {
  #tags = new Map();

  /** Return the document at `url`, or null when it is as it was. */
  async read(url) {
    const headers = { Accept: "text/html" };
    if (this.#tags.has(url)) headers["If-None-Match"] = this.#tags.get(url);
    const answer = await fetch(url, { headers, cache: "no-store", redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 401) throw new SignedOut();
    if (answer.status === 304) return null;
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
    this.#tags.clear();
    this.#tags.set(url, answer.headers.get("ETag") ?? "");
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }
}

/** Put every piece of `fresh` in the place of its namesake; keep the keyboard where it was. */
export function putInPlace(fresh, fallback) {
  const focused = document.activeElement;
  for (const piece of fresh.querySelectorAll("[data-piece]")) {
    const old = document.getElementById(piece.id);
    if (old) morph(old, piece);
  }
  if (focused && focused !== document.body && !focused.isConnected) fallback?.focus();
}
