// What makes pages better where scripts run; without it everything works all the same.
"use strict";
(() => {
  const vi = document.documentElement.lang === "vi";
  const t = (one, other) => (vi ? one : other);

  // --- forms: what is typed is kept until the server has answered, and sent again until it does

  // Fields that are never kept: what opens keys and accounts, and files.
  const isKept = (field) => field.name && !["password", "file", "hidden"].includes(field.type) && !field.dataset.secret;
  // whose it is, too: others may sit down at the same computer
  const place = (form) => `draft:${document.body.dataset.who}:${location.pathname}:${form.getAttribute("action") || ""}`;

  const keep = (form) => {
    const fields = [...form.elements].filter(isKept)
      .map((field) => [field.name, field.type === "checkbox" || field.type === "radio" ? [field.value, field.checked] : field.value]);
    const act = form.elements.namedItem("act");
    try { localStorage.setItem(place(form), JSON.stringify({ act: act && act.value, fields, at: Date.now() })); } catch { /* no room */ }
  };

  const restore = (form) => {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(place(form))); } catch { return; }
    if (!kept || Date.now() - kept.at > 7 * 86400e3) return;
    const act = form.elements.namedItem("act");
    if (act && kept.act) act.value = kept.act;
    const turns = new Map();
    for (const [name, value] of kept.fields) {
      const same = [...form.elements].filter((field) => field.name === name && isKept(field));
      const turn = turns.get(name) || 0;
      turns.set(name, turn + 1);
      const field = same[turn];
      if (!field) continue;
      if (Array.isArray(value)) { if (field.value === value[0]) field.checked = value[1]; }
      else field.value = value;
    }
    tell(form, t("Nội dung nhập dở lần trước đã được điền lại.", "What was typed before has been filled in again."));
  };

  const tell = (form, words) => {
    const note = document.createElement("p");
    note.className = "hint";
    note.setAttribute("role", "status");
    note.textContent = words;
    form.prepend(note);
  };

  let bar = null;
  const waiting = (words, part) => {
    if (!bar) {
      bar = document.createElement("div");
      bar.className = "waiting";
      bar.setAttribute("role", "status");
      bar.append(document.createElement("span"), document.createElement("progress"));
      bar.lastChild.setAttribute("aria-label", t("Tiến độ", "Progress"));
      document.body.append(bar);
    }
    bar.firstChild.textContent = words;
    if (part === null) bar.lastChild.removeAttribute("value"); else bar.lastChild.value = part;
  };
  const done = () => { if (bar) bar.remove(); bar = null; };

  const show = (html, address) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = page.querySelector("main");
    if (!main) { location.assign(address); return; }
    document.querySelector("main").replaceWith(main);
    document.title = page.title;
    begin(main);
    (main.querySelector("#faults") || main).focus();
    scrollTo(0, 0);
  };

  const send = (form, body, turn) => {
    const request = new XMLHttpRequest();
    const again = () => {
      const seconds = Math.min(2 ** turn, 15);
      waiting(t("Mất kết nối. Nội dung vẫn còn; đang thử gửi lại…", "The line dropped. Nothing is lost; sending again…"), null);
      setTimeout(() => send(form, body, turn + 1), seconds * 1000);
    };
    request.open("POST", form.action);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 100e3 && event.loaded < event.total) waiting(t("Đang gửi tệp…", "Sending the file…"), event.loaded / event.total);
      else waiting(t("Đang thực hiện…", "Working…"), null);
    };
    request.onerror = again;
    request.ontimeout = again;
    request.onload = () => {
      if (request.status === 503 || request.status === 408 || request.status === 502 || request.status === 504) { again(); return; }
      done();
      form.removeAttribute("aria-busy");
      const is_right = request.status < 400;
      if (is_right) { try { localStorage.removeItem(place(form)); } catch { /* it was not kept */ } }
      const led = request.responseURL && new URL(request.responseURL);
      const signedOut = led && led.pathname === "/sign-in" && form.getAttribute("action") !== "/sign-in" && form.getAttribute("action") !== "/sign-out";
      if (signedOut) keep(form);
      if (is_right && led && led.href !== new URL(form.action).href) location.assign(led.href);
      else show(request.responseText, form.action);
    };
    waiting(t("Đang thực hiện…", "Working…"), null);
    request.send(body);
  };

  const onSubmit = (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-plain") || event.defaultPrevented) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    const data = new FormData(form, event.submitter);
    const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
    if (form.hasAttribute("data-keep")) keep(form);
    if (form.getAttribute("action") === "/sign-out") {
      for (const name of Object.keys(localStorage)) if (name.startsWith("draft:")) localStorage.removeItem(name);
    }
    send(form, body, 0);
  };

  const begin = (root) => {
    for (const form of root.querySelectorAll("form[data-keep]")) {
      if (!root.querySelector("#faults")) restore(form);
      form.addEventListener("input", () => keep(form));
    }
    // an invitation stands behind the # of its address
    const invitation = root.querySelector("[data-hash]");
    if (invitation && location.hash.length > 1) invitation.value = decodeURIComponent(location.hash.slice(1));
    for (const hook of hooks) hook(root);
  };

  // --- what rooms add: functions of what was just put on the page
  const hooks = [];
  // of a room of many parts, the one that is open is in sight
  hooks.push((root) => { for (const part of root.querySelectorAll(".sections [aria-current]")) part.closest("nav").scrollLeft = part.offsetLeft - part.closest("nav").offsetLeft - 60; });

  document.addEventListener("submit", onSubmit);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const open of document.querySelectorAll(".who[open]")) open.open = false;
  });
  // what was said is said once
  if (new URLSearchParams(location.search).has("said")) {
    const address = new URL(location.href);
    address.searchParams.delete("said");
    history.replaceState(null, "", address);
  }
  begin(document);
})();
