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
    // files that were chosen stay chosen
    for (const field of main.querySelectorAll("input[type=file]")) {
      const before = document.querySelector(`main input[type=file][name="${field.name}"]`);
      if (before && before.files.length) field.files = before.files;
    }
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

  // --- documents: checks as soon as a file is chosen, the frame of a signature, all boxes at once

  const check = (root) => {
    for (const field of root.querySelectorAll("input[data-check]")) {
      field.form.addEventListener("input", (typed) => { typed.target.dataset.typed = "1"; });
      field.addEventListener("change", async () => {
        const shown = field.parentElement.querySelector(".checked");
        for (const fault of field.parentElement.querySelectorAll(".fault")) fault.remove();
        field.removeAttribute("aria-invalid");
        shown.textContent = field.files.length ? t("Đang kiểm tra tệp…", "Checking the file…") : "";
        if (!field.files.length) return;
        const body = new FormData();
        body.append("file", field.files[0]);
        try {
          const answer = await fetch(field.dataset.check, { method: "POST", body });
          shown.innerHTML = answer.ok && !answer.redirected ? await answer.text() : "";
          // what the first page says of itself need not be typed, and what was typed stays
          const said = shown.querySelector("[data-kind]");
          for (const name of said ? ["kind", "issuer", "department"] : []) {
            const to = field.form.elements[name], value = said.dataset[name];
            if (to && value && !to.dataset.typed) to.value = value;
          }
        } catch { shown.textContent = ""; }
      });
    }
  };

  const MM = 72 / 25.4;
  const frame = (root) => {
    const sheet = root.querySelector("svg[data-sheet]"), spot = sheet && sheet.querySelector(".movable");
    if (!spot) return;
    const field = (name) => document.getElementById(name);
    const view = sheet.viewBox.baseVal;
    const get = (name) => Number(spot.getAttribute(name));
    const set = (x, y, w, h) => {
      w = Math.min(Math.max(w, 10), view.width); h = Math.min(Math.max(h, 10), view.height);
      x = Math.min(Math.max(x, 0), view.width - w); y = Math.min(Math.max(y, 0), view.height - h);
      for (const [name, value] of Object.entries({ x, y, width: w, height: h })) spot.setAttribute(name, value);
      for (const [name, value] of [["left", x], ["bottom", view.height - y - h], ["width", w], ["height", h]]) field(name).value = (value / MM).toFixed(1);
    };
    const typed = () => {
      const [left, bottom, w, h] = ["left", "bottom", "width", "height"].map((name) => Number(field(name).value) * MM);
      if ([left, bottom, w, h].every(Number.isFinite)) {
        for (const [name, value] of Object.entries({ x: left, y: view.height - bottom - h, width: w, height: h })) spot.setAttribute(name, Math.max(value, 0));
      }
    };
    if (!field("left")) return;
    for (const name of ["left", "bottom", "width", "height"]) field(name).addEventListener("input", typed);
    field("page").addEventListener("change", () => {
      const page = Math.min(Math.max(Math.round(Number(field("page").value)) || 1, 1), Number(field("page").max));
      field("page").value = page;
      sheet.querySelector("image").setAttribute("href", `${sheet.dataset.sheet}${page}.png?version=${sheet.dataset.version}`);
    });
    let from = null;
    spot.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY, left: get("x"), top: get("y") };
      spot.setPointerCapture(event.pointerId);
    });
    spot.addEventListener("pointermove", (event) => {
      if (!from) return;
      const scale = view.width / sheet.getBoundingClientRect().width;
      set(from.left + (event.clientX - from.x) * scale, from.top + (event.clientY - from.y) * scale, get("width"), get("height"));
    });
    for (const end of ["pointerup", "pointercancel"]) spot.addEventListener(end, () => { from = null; });
    spot.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return;
      event.preventDefault();
      const [x, y] = way.map((steps) => steps * MM);
      if (event.shiftKey) set(get("x"), get("y"), get("width") + x, get("height") + y);
      else set(get("x") + x, get("y") + y, get("width"), get("height"));
    });
    // what was typed before counts
    typed();
  };

  const all = (root) => {
    for (const button of root.querySelectorAll("[data-all]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const boxes = [...button.form.querySelectorAll("input[type=checkbox]")];
        const on = boxes.some((box) => !box.checked);
        for (const box of boxes) box.checked = on;
      });
    }
  };

  // --- what is done to all that is put on a page; rooms add theirs
  const hooks = [check, frame, all];
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
