// Checking for everybody, made easier: a chosen file is sent at once, a photograph is made smaller before, a file may be dropped anywhere on its
// form, and where the browser reads codes itself, the camera looks for one. Without this script the forms do the same by their buttons.
"use strict";
(() => {
  const vi = document.documentElement.lang === "vi";
  const t = (one, other) => (vi ? one : other);
  const SIDE = 2000;

  const busy = (form) => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    const note = document.createElement("p");
    note.className = "hint";
    note.setAttribute("role", "status");
    note.textContent = t("Đang kiểm tra…", "Checking…");
    form.append(note);
  };

  // a photograph of a telephone has many megabytes: a code is read in a smaller one as well
  const smaller = async (file) => {
    if (!/^image\/(jpeg|png|webp|heic|heif)/.test(file.type) || !self.createImageBitmap) return file;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
      if (scale === 1 && /jpeg|png/.test(file.type)) return file;
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
      return blob ? new File([blob], "qr.jpg", { type: "image/jpeg" }) : file;
    } catch { return file; }
  };

  const send = async (form, file) => {
    const input = form.querySelector("input[type=file]");
    busy(form);
    const list = new DataTransfer();
    list.items.add(await smaller(file));
    input.files = list.files;
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-scan], form[data-drop]")) {
    const input = form.querySelector("input[type=file]");
    input.addEventListener("change", () => { if (input.files.length) send(form, input.files[0]); });
    form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
    form.addEventListener("dragleave", () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      if (event.dataTransfer.files.length) send(form, event.dataTransfer.files[0]);
    });
  }

  // the camera itself, where there is one and the browser knows codes
  const scan = document.querySelector("form[data-scan]");
  const judge = (text) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = `/verify/code?lang=${vi ? "vi" : "en"}`;
    const field = document.createElement("input");
    field.type = "hidden"; field.name = "text"; field.value = text;
    form.append(field);
    document.body.append(form);
    form.submit();
  };
  const look = async () => {
    const video = document.createElement("video");
    video.playsInline = true; video.muted = true; video.className = "camera";
    video.setAttribute("aria-label", t("Hình từ máy ảnh", "What the camera sees"));
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch { scan.querySelector("input").click(); return; }
    video.srcObject = stream;
    scan.append(video);
    await video.play();
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    const turn = async () => {
      if (!video.isConnected) return;
      try {
        const [found] = await detector.detect(video);
        if (found) {
          for (const track of stream.getTracks()) track.stop();
          judge(found.rawValue);
          return;
        }
      } catch { /* the next picture */ }
      setTimeout(turn, 120);
    };
    turn();
  };
  if (scan && self.BarcodeDetector && navigator.mediaDevices) {
    BarcodeDetector.getSupportedFormats().then((known) => {
      if (!known.includes("qr_code")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = t("Mở máy ảnh và quét", "Open the camera and scan");
      button.addEventListener("click", () => { button.remove(); look(); });
      scan.querySelector("input").before(button);
    }).catch(() => {});
  }
})();
