// Passkeys: signing in with one at the door, registering one on the page of the account. What browsers and authenticators do needs a script, so
// without this one, or where a browser has no passkeys, neither is offered.
"use strict";
(() => {
  const place = document.querySelector("[data-passkey]");
  if (!place || !self.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) return;
  const vi = document.documentElement.lang === "vi";
  const t = (one, other) => (vi ? one : other);
  const button = place.querySelector("button");
  const note = place.querySelector("[role=status]");

  const words = {
    "passkey.stale": t("Hãy đăng xuất, đăng nhập lại bằng mật khẩu và mã rồi đăng ký trong vòng mười phút.",
      "Sign out, sign in again with password and code, and register it within ten minutes."),
    "passkey.many": t("Đã có nhiều khóa truy cập: hãy thu hồi một khóa trước.", "There are many already: revoke one first."),
    "passkey.exists": t("Thiết bị này đã được đăng ký.", "This one is registered already."),
    "passkey.name": t("Hãy đặt tên, không quá 200 ký tự.", "Give it a name, of at most 200 characters."),
    "passkey.counter": t("Khóa truy cập này có thể đã bị sao chép: hãy báo người quản trị.", "There may be a copy of this passkey: tell your administrator."),
    "auth.passkey": t("Khóa truy cập này không dùng được ở đây.", "This passkey is not known here, or signs in for nobody now."),
    InvalidStateError: t("Thiết bị này đã được đăng ký.", "This one is registered already."),
    NotAllowedError: t("Đã hủy, hoặc quá thời gian chờ. Hãy thử lại.", "It was given up, or took too long. Try again."),
  };
  const other = t("Chưa làm được. Hãy thử lại, hoặc dùng mật khẩu và mã.", "It could not be done. Try again, or use password and code.");

  const ask = async (path, body) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    const said = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(), { name: said.code });
    return said;
  };

  const enter = async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await ask("/session/passkey/options", {}));
    const credential = (await navigator.credentials.get({ publicKey })).toJSON();
    await ask("/session/passkey", { credential });
    return place.dataset.next;
  };

  const register = async () => {
    const name = place.querySelector("input").value.trim();
    // before the device makes one that nobody would know of
    if (!name) throw Object.assign(new Error(), { name: "passkey.name" });
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await ask("/passkeys/options", {}));
    const credential = (await navigator.credentials.create({ publicKey })).toJSON();
    await ask("/passkeys", { name, credential });
    return place.dataset.next;
  };

  const act = place.dataset.passkey === "enter" ? enter : register;
  place.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    note.textContent = "";
    try {
      location.assign(await act());
    } catch (error) {
      note.textContent = words[error.name] || other;
      button.disabled = false;
    }
  });
})();
