// The counter by keyboard: Enter goes on, F9 issues; name, price and sum appear while one types, as the server computes them. All of it hangs on
// the document, so that it goes on when the page is put anew.
"use strict";
(() => {
  const counter = () => document.querySelector("form[data-counter]");
  const rows = (form) => [...form.querySelectorAll("[data-row]")];
  const field = (form, id) => form.querySelector(`#${CSS.escape(id)}`);

  // another line, as the last one is, and empty
  const add = (form) => {
    const all = rows(form), last = all[all.length - 1], copy = last.cloneNode(true);
    for (const one of copy.querySelectorAll("[id]")) one.id = one.id.replace(/-\d+/, `-${all.length}`);
    for (const one of copy.querySelectorAll("label")) one.htmlFor = one.htmlFor.replace(/-\d+$/, `-${all.length}`);
    for (const one of copy.querySelectorAll("input")) {
      one.value = ""; one.removeAttribute("value"); one.removeAttribute("autofocus");
      one.removeAttribute("aria-invalid"); one.removeAttribute("aria-describedby");
    }
    for (const one of copy.querySelectorAll(".fault")) one.remove();
    copy.querySelector("[data-of]").textContent = "";
    copy.querySelector("details").open = false;
    last.after(copy);
    return copy;
  };

  // a draft may have more lines than an empty form: room for them before it is filled in again
  const room = (form) => {
    const place = `draft:${document.body.dataset.who}:${location.pathname}:${form.getAttribute("action") || ""}`;
    try {
      const kept = JSON.parse(localStorage.getItem(place));
      const count = kept ? kept.fields.filter(([name]) => name === "fee").length : 0;
      while (rows(form).length < Math.min(count, 100)) add(form);
    } catch { /* there is none */ }
  };

  const offer = (typed) => {
    const wanted = typed.trim().toLowerCase();
    if (!wanted) return null;
    return [...document.querySelectorAll("#fees option")].find((one) => one.value.toLowerCase() === wanted || one.label.toLowerCase() === wanted) || null;
  };

  const tell = (row) => {
    const found = offer(row.querySelector("[name=fee]").value);
    row.querySelector("[data-of]").textContent = found ? `${found.label} – ${found.dataset.price}` : "";
    if (!found) return;
    if ("value" in found.dataset && !row.querySelector("details").open) row.querySelector("details").open = true;
    const form = row.closest("form"), currency = form.elements.namedItem("currency");
    if (found.dataset.currency && currency && !currency.value) {
      form.querySelector("[data-exchange]").open = true;
      currency.value = found.dataset.currency;
    }
  };

  let asked = 0, timer = 0;
  const price = (form) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const turn = ++asked;
      try {
        const answer = await fetch("/receipts/new/price", { method: "POST", body: new URLSearchParams(new FormData(form)) });
        const text = await answer.text();
        // what was typed since has been asked for anew; who was signed out is told when it is sent
        if (turn !== asked || !answer.ok || answer.redirected) return;
        const sum = new DOMParser().parseFromString(text, "text/html").body;
        form.querySelector("#sum").replaceChildren(...sum.childNodes);
      } catch { /* no line: the sum is computed when the receipt is issued, whatever stands here */ }
    }, 200);
  };

  const enter = (event, form) => {
    const at = event.target, row = at.closest("[data-row]");
    if (at.tagName !== "INPUT" || at.type === "submit") return;
    event.preventDefault();
    if (row && at.name === "fee") {
      const next = at.value.trim() ? row.querySelector("[name=what]") || row.querySelector("[name=quantity]") : field(form, "name");
      next.focus(); next.select();
      return;
    }
    if (row && at.name === "quantity") {
      const details = row.querySelector("details");
      if (details.open) { details.querySelector("input").focus(); return; }
    }
    if (row && (at.name === "quantity" || at.closest("details") && at === [...row.querySelectorAll("details input")].pop())) {
      const all = rows(form), next = all[all.indexOf(row) + 1] || add(form);
      next.querySelector("[name=fee]").focus();
      return;
    }
    const fields = [...form.elements].filter((one) => one.tabIndex >= 0 && one.type !== "hidden" && one.offsetParent);
    const next = fields[fields.indexOf(at) + 1];
    if (next) next.focus();
  };

  document.addEventListener("keydown", (event) => {
    const form = counter();
    const issues = event.key === "F9" || (event.key === "Enter" && event.ctrlKey);
    if (!form) {
      // behind an issued receipt: the next one, or print
      const link = event.key === "F9" ? "[data-next]" : event.key === "F8" ? "[data-print]" : null;
      const found = link && document.querySelector(link);
      if (found) { event.preventDefault(); found.click(); }
      return;
    }
    if (issues) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-issue]"));
    } else if (event.key === "Enter" && form.contains(event.target)) enter(event, form);
  });
  document.addEventListener("click", (event) => {
    const form = counter();
    if (!form || !event.target.closest) return;
    if (event.target.closest("[data-more]")) {
      event.preventDefault();
      add(form).querySelector("[name=fee]").focus();
    } else if (event.target.closest("[data-price]")) {
      event.preventDefault();
      price(form);
    }
  });
  const changed = (event) => {
    const form = counter();
    if (!form || !form.contains(event.target)) return;
    const row = event.target.closest("[data-row]");
    if (row && event.target.name === "fee") tell(row);
    price(form);
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);

  // a form that came back with what is to be mended
  document.addEventListener("focusin", () => {
    const form = counter();
    if (!form || "told" in form.dataset) return;
    form.dataset.told = "";
    rows(form).forEach(tell);
  });

  const form = counter();
  if (form) {
    room(form);
    // behind the script that fills drafts in
    addEventListener("load", () => { rows(form).forEach(tell); if (form.elements.namedItem("fee") && rows(form).some((row) => row.querySelector("[name=fee]").value)) price(form); });
  }
})();
