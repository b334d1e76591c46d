// What the page does without its server: light and dark, the help panel, the notice.
(() => {
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } },
  };
  const root = document.documentElement;
  if (store.get("affectgraph-seen")) root.classList.add("seen");

  const wanted = () => store.get("affectgraph-theme")
    ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const paint = () => document.body?.classList.toggle("dark", wanted() === "dark");
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(paint));

  const help = (open) => {
    root.classList.toggle("help-open", open);
    document.querySelectorAll('[data-act="help"]').forEach((button) => button.setAttribute("aria-expanded", open));
    (open ? document.querySelector("#help h2") : document.querySelector('[data-act="help"]'))?.focus();
  };
  // Gradio now and then leaves a text in the box that has been sent and answered.
  let sent = null, before = 0;
  const users = () => document.querySelectorAll("#chat [data-testid=user]").length;
  const sending = () => {
    sent = document.querySelector("#say textarea")?.value || null;
    before = users();
  };
  const emptied = () => {
    const box = document.querySelector("#say textarea");
    if (sent === null || !box || users() <= before || document.querySelector("#status .status")) return;
    if (box.value === sent) {
      box.value = "";
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    sent = null;
  };
  const focusBox = () => document.querySelector("#say textarea")?.focus();

  document.addEventListener("click", (event) => {
    const act = event.target.closest?.("[data-act]")?.dataset.act;
    if (act === "theme") {
      store.set("affectgraph-theme", document.body.classList.contains("dark") ? "light" : "dark");
      paint();
    } else if (act === "help") {
      help(!root.classList.contains("help-open"));
    } else if (act === "understood") {
      store.set("affectgraph-seen", "1");
      root.classList.add("seen");
      focusBox();
    } else if (act === "about") {
      root.classList.remove("seen");
      document.querySelector("#notice button")?.focus();
    } else if (event.target.closest?.("#say .submit-button")) {
      sending();
    } else if (event.target.closest?.("a.skip")) {
      event.preventDefault();
      focusBox();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && event.target.closest?.("#say")) sending();
    if (event.key === "Escape" && root.classList.contains("help-open")) help(false);
  });
  // Gradio draws the page later than this runs, sets the theme itself once, and names its parts in its own words.
  const names = () => {
    const said = JSON.parse(document.querySelector('meta[name="affectgraph-names"]')?.content ?? "{}");
    for (const [selector, name] of Object.entries(said)) {
      for (const part of document.querySelectorAll(selector)) {
        if (part.getAttribute("aria-label") !== name) part.setAttribute("aria-label", name);
        if (part.dataset.testid in { user: 1, bot: 1 }) part.setAttribute("role", "group");
      }
    }
  };
  // The log follows what is said, but never past the beginning of an answer; who scrolled up is left there.
  let below = 0, rows = 0;
  const scroll = () => {
    const log = document.querySelector('#chat [role="log"]');
    if (!log) return;
    const found = log.querySelectorAll(".message-row");
    const was = below, more = found.length !== rows;
    rows = found.length;
    below = log.scrollHeight;
    if (below === was && !more) return;
    const away = was - log.scrollTop - log.clientHeight;
    const last = found[found.length - 1];
    if (!last || (!more && away > 160 && last.offsetHeight < log.clientHeight)) return;
    log.scrollTop = Math.min(below - log.clientHeight, Math.max(0, last.offsetTop - log.offsetTop - 12));
  };
  document.addEventListener("DOMContentLoaded", () => {
    paint();
    let due = false;
    new MutationObserver(() => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => { due = false; paint(); names(); scroll(); emptied(); });
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"], characterData: true });
  });
})();
