// Lets times and bars that last go on between two looks at the server.

let ahead = 0; // the server's clock minus ours, in seconds
let arrived = performance.now();

/** Take over the server's time, and the lengths that it has drawn just now. */
export function setClock(now) {
  ahead = Number(now) - Date.now() / 1000;
  arrived = performance.now();
}

/** Return a length of time in the words of the server. */
export function lengthOf(seconds) {
  const whole = Math.max(Math.floor(seconds), 0);
  if (whole < 60) return seconds > 0 && seconds < 10 ? `${seconds.toFixed(1)} s` : `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

function tick() {
  const now = Date.now() / 1000 + ahead;
  for (const one of document.querySelectorAll("[data-since]")) {
    const text = lengthOf(now - Number(one.dataset.since));
    if (one.firstChild?.data !== text) one.firstChild.data = text;
  }
  for (const one of document.querySelectorAll("[data-until]")) {
    const text = lengthOf(Number(one.dataset.until) - now);
    if (one.firstChild?.data !== text) one.firstChild.data = text;
  }
  const passed = (performance.now() - arrived) / 1000;
  for (const bar of document.querySelectorAll("[data-grows]")) {
    const { left, width, grows } = bar.dataset;
    const grown = Number(width) + Number(grows) * passed;
    bar.setAttribute("width", `${Math.min(grown, 100 - Number(left)).toFixed(3)}%`);
  }
}

/** Begin to tick. */
export function startClock() {
  setInterval(tick, 1000);
}
