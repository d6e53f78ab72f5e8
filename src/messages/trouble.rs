//! What officers are told when the service cannot go on by no fault of theirs: what became of their work, and what to do.

use super::Text;

/// The words for an error with this code; none where the error's own say enough.
#[allow(clippy::too_many_lines)] // one line after the other, by code
pub fn trouble(code: &str) -> Option<Text> {
    let (vi, en) = match code {
        "store.cannot_write" | "sign.write" => (
            "Không ghi được dữ liệu: ổ đĩa đã đầy hoặc thư mục chỉ cho phép đọc. Chưa có gì được ký hay lập. \
             Hãy báo người quản trị máy chủ; khi ghi lại được thì chỉ cần làm lại.",
            "nothing can be written: the disk is full, or the folder is read-only. Nothing was signed or issued. \
             Tell whoever runs the service; once there is room, just do it again",
        ),
        "store.busy" => (
            "Cơ sở dữ liệu đang bận. Chưa có gì được ký hay lập. Hãy thử lại sau ít phút.",
            "the database is busy. Nothing was signed or issued. Try again in a few minutes",
        ),
        "place.leader" => (
            "Không tìm thấy chỗ ký: chức danh viết hoa và bên dưới là họ tên người ký. Hãy cho biết trang và vị trí (page, rect).",
            "say where: page and rect",
        ),
        "place.number" => (
            "Không điền được số văn bản vào chỗ trống ở đầu trang một. Hãy chừa chỗ trống sau \"Số:\" trong dự thảo, hoặc cho biết trang và vị trí (page, rect).",
            "leave a blank after \"Số:\" in the draft, or say where: page and rect",
        ),
        "place.date" => (
            "Không điền được ngày, tháng vào chỗ trống ở đầu trang một. Hãy chừa chỗ trống sau \"ngày\" và \"tháng\" trong dự thảo, hoặc cho biết ba vị trí: số, ngày, tháng (rect).",
            "leave blanks after \"ngày\" and \"tháng\" in the draft, or say where number, day and month go: three times rect",
        ),
        "place.initials" => (
            "Không tìm thấy chỗ kết thúc nội dung văn bản để ký nháy. Hãy cho biết trang và vị trí (page, rect).",
            "say where: page and rect",
        ),
        "place.corner" => (
            "Góc trên bên phải trang đầu không đủ chỗ. Hãy cho biết trang và vị trí (page, rect).",
            "say where: page and rect",
        ),
        "audit.clock" => (
            "Đồng hồ máy chủ chạy lùi so với nhật ký. Chưa có gì được ký hay lập. Hãy báo người quản trị chỉnh lại đồng hồ; \
             nếu trước đây đồng hồ chạy nhanh và nay đã đúng, người quản trị chạy: dauson audit clock-corrected",
            "the server's clock is behind the log. Nothing was signed or issued. Have whoever runs the service set the clock \
             right; if it was ahead before and is right now: dauson audit clock-corrected",
        ),
        "receipt.clock" => (
            "Đồng hồ máy chủ chỉ ngày trước ngày của biên lai liền trước. Chưa có biên lai nào được lập. \
             Hãy báo người quản trị chỉnh lại đồng hồ.",
            "the server's clock says a day before that of the last receipt. No receipt was issued. \
             Have whoever runs the service set the clock right",
        ),
        "token.missing" => (
            "Không thấy USB token hoặc HSM: chưa cắm, đã bị rút ra, hoặc không phải token đã khai báo. Chưa có gì được ký. \
             Hãy cắm đúng token rồi làm lại.",
            "the USB token or HSM is not plugged in, was pulled out, or is another one. Nothing was signed. \
             Plug in the right one and do it again",
        ),
        "token.module" => (
            "Không dùng được thư viện PKCS#11 của token. Hãy cài phần mềm của nhà cung cấp token, rồi ghi đúng đường dẫn đầy đủ của tệp thư viện \
             (.so, .dll hoặc .dylib) vào --pkcs11-module hoặc --module.",
            "install the software of the token's maker, and name its library (.so, .dll or .dylib) by its full path",
        ),
        "token.failed" => (
            "Token không làm xong việc được giao, có thể đã bị rút ra giữa chừng. Chưa có gì được ký. Hãy cắm lại token rồi làm lại; \
             nếu vẫn lỗi, hãy rút ra, chờ vài giây và cắm lại, hoặc báo nhà cung cấp.",
            "the token did not finish, and may have been pulled out. Nothing was signed. Plug it in again and do it again; else ask its maker",
        ),
        "token.several" => (
            "Có nhiều token cùng phù hợp. Hãy chỉ cắm một token, hoặc ghi thêm serial=... vào địa chỉ pkcs11: như danh sách ở trên.",
            "leave one of them plugged in, or add serial=... to the URI, as in the list",
        ),
        "key.no_certificate" => (
            "Khóa ký chưa có chứng thư số đi kèm. Hãy hỏi nơi cấp chứng thư số, hoặc (với token) ghi tệp chứng thư vào --cert.",
            "ask whoever issued the key for its certificate; for a key in a token, --cert names a file with it",
        ),
        "key.one_time" => (
            "Khóa này cần mã dùng một lần nên chỉ ký qua giao diện CSC (/csc/v2/). Người quản trị bỏ yêu cầu đó bằng: dauson key otp TÊN --off",
            "another program gives the one-time password, at /csc/v2/; whoever administers the keys turns that off: dauson key otp NAME --off",
        ),
        "token.wrong_pin" => (
            "Sai mã PIN. Mã này chỉ được thử một lần, nên token không bị khóa vì thử lại. Hãy kiểm tra mã PIN trước khi làm lại.",
            "the PIN is wrong. It was tried once only, so that no retry locks the token. Check the PIN before you try again",
        ),
        "token.last_try" => (
            "Token chỉ còn một lần nhập mã PIN nên chương trình không thử. Hãy đăng nhập một lần bằng phần mềm của nhà cung cấp token.",
            "log in once with the program of the token's maker, which resets the count",
        ),
        "token.locked" => (
            "Token đã bị khóa vì nhập sai mã PIN quá nhiều lần. Hãy mở khóa bằng mã PUK hoặc liên hệ nhà cung cấp chứng thư số.",
            "unlock it with its PUK, or ask whoever issued it",
        ),
        "token.no_pin" => (
            "Token yêu cầu mã PIN. Hãy ghi mã vào một tệp và dùng --pin-file, hoặc chạy lệnh trong cửa sổ dòng lệnh để được hỏi.",
            "--pin-file names a file with the PIN; on a terminal it is asked for",
        ),
        "key.locked" => (
            "Khóa ký đang bị khóa nên chưa có gì được ký hay lập. Người giữ khóa mở khóa bằng mã PIN cho ca làm việc \
             (POST /api/v1/keys/{id}/unlock, hoặc dauson key unlock); trên dòng lệnh dùng --pin-file.",
            "its keeper opens it for a shift: POST /api/v1/keys/{id}/unlock, or dauson key unlock; a command takes --pin-file",
        ),
        "key.blocked" => (
            "Mã PIN đã bị nhập sai quá nhiều lần. Hãy báo người quản trị: dauson key unblock, sau khi đã biết rõ ai nhập sai.",
            "whoever administers the keys lets it take PINs again, once it is known who tried: dauson key unblock",
        ),
        "key.stopped" => (
            "Khóa ký đã bị dừng khẩn cấp nên chưa có gì được ký hay lập. Người quản trị cho dùng lại khi sự cố đã rõ: dauson key resume.",
            "whoever administers the keys lets it sign again, once it is known what happened: dauson key resume",
        ),
        "key.quota" => (
            "Khóa ký đã dùng hết số chữ ký cho phép trong giờ này. Chưa có gì được ký hay lập. Hãy đợi sang giờ sau; nếu số chữ ký \
             nhiều hơn số việc đã làm, hãy dừng khóa ngay: dauson key stop.",
            "wait for the next hour; if these are more signatures than you know of, have the key stopped: dauson key stop",
        ),
        "remote.unreachable" => (
            "Không kết nối được dịch vụ ký số từ xa. Chưa có gì được ký. Hãy kiểm tra mạng và thử lại; nếu vẫn không được, hãy báo nhà cung cấp dịch vụ.",
            "nothing was signed. See to the network and try again; else tell whoever runs the signing service",
        ),
        "remote.refused" => (
            "Dịch vụ ký số từ xa từ chối. Chưa có gì được ký. Hãy xem lý do ở trên: mã PIN, tài khoản, hoặc chứng thư số bị khóa.",
            "nothing was signed. See the reason: the PIN, the account, or a locked credential",
        ),
        _ => return agent(code),
    };
    Some(Text::new(vi, en))
}

/// The same for what the agent on the officer's computer refuses.
fn agent(code: &str) -> Option<Text> {
    let (vi, en) = match code {
        "agent.host" => (
            "Địa chỉ của yêu cầu không phải là máy này nên bị từ chối. Hãy gọi bằng 127.0.0.1 hoặc localhost.",
            "the request does not name this very machine. Call it by 127.0.0.1 or localhost",
        ),
        "agent.origin" => (
            "Trang web này chưa được người dùng cho phép ký trên máy này.",
            "the user of this computer has not approved this web page",
        ),
        "agent.busy" => (
            "Đang có một yêu cầu khác chờ người dùng trả lời. Hãy trả lời yêu cầu đó rồi thử lại.",
            "another request waits for the user's answer. Answer that one and try again",
        ),
        "agent.refused" => {
            ("Người dùng không đồng ý ký. Chưa có gì được ký.", "the user did not agree. Nothing was signed")
        }
        "agent.consent_timeout" => (
            "Người dùng không trả lời kịp thời. Chưa có gì được ký. Hãy thử lại.",
            "the user did not answer in time. Nothing was signed. Try again",
        ),
        "agent.consent" => (
            "Không hỏi được ý kiến người dùng nên chưa có gì được ký. Hãy kiểm tra chương trình của --consent.",
            "the user could not be asked, so nothing was signed. See to the program of --consent",
        ),
        "agent.certificate" => (
            "Chứng thư số được yêu cầu không phải của khóa trên máy này.",
            "the certificate that is asked for is not that of the key on this computer",
        ),
        "agent.digest" => (
            "Nội dung cần ký không khớp với mã băm của văn bản: có thể đã bị tráo. Chưa có gì được ký.",
            "what is to be signed is not of the document's digest: it may have been swapped. Nothing was signed",
        ),
        "agent.attributes" => (
            "Nội dung cần ký không đúng định dạng, hoặc nói thêm điều không hiển thị được. Chưa có gì được ký.",
            "what is to be signed is malformed, or says more than can be shown. Nothing was signed",
        ),
        _ => return None,
    };
    Some(Text::new(vi, en))
}
