// A wide table in its box: shows at which edge there is more, and keeps the step that matters in
// sight until the reader moves it.

const GLIMPSE = 24; // pixels of the column before it, so that there is one to be seen

export class Sideways {
  #box;
  #corner;
  #shown = "";
  #followed = true;

  constructor(box) {
    this.#box = box;
    this.#corner = box.querySelector(".corner");
    const leave = () => { this.#followed = false; };
    for (const touch of ["wheel", "pointerdown", "keydown"]) {
      box.addEventListener(touch, leave, { passive: true });
    }
    box.addEventListener("scroll", () => this.mark(), { passive: true });
    new ResizeObserver(() => this.mark()).observe(box);
  }

  /** Say at which edges there is more; the style sheet fades them. */
  mark() {
    const { scrollLeft, scrollWidth, clientWidth } = this.#box;
    const more = [];
    if (scrollLeft > 1) more.push("left");
    if (scrollLeft + clientWidth < scrollWidth - 1) more.push("right");
    if (this.#box.dataset.more !== more.join(" ")) this.#box.dataset.more = more.join(" ");
  }

  /** Bring a column's head into sight, once for each column. */
  show(head) {
    if (head && this.#followed && head.id !== this.#shown) {
      this.#shown = head.id;
      const free = this.#corner.getBoundingClientRect().right;
      const { left, right } = head.getBoundingClientRect();
      const end = this.#box.getBoundingClientRect().right;
      if (left < free || right > end) this.#box.scrollLeft += left - free - GLIMPSE;
    }
    this.mark();
  }
}
