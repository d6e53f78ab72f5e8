//! What people are told who come back from the provider of identities.

use super::Text;

/// The link to the first page.
pub const HOME: &str = "Về trang đầu · Home";

/// The next page comes by itself: they have signed in, or have only been bound to an account that holds no office yet.
pub fn went_on(is_in: bool) -> Text {
    if is_in {
        Text::new("Đã đăng nhập. Tiếp tục", "Signed in. Go on")
    } else {
        Text::new(
            "Đã gắn danh tính với tài khoản. Đăng nhập được khi tài khoản có chức vụ. Tiếp tục",
            "The identity is bound to the account, which lets in once it holds an office. Go on",
        )
    }
}

/// Nobody has signed in, by the code of the error.
pub fn refused(code: &str) -> Text {
    let (vi, en) = match code {
        "auth.identity" => (
            "Danh tính này chưa được gắn với tài khoản nào, hoặc tài khoản đang bị khóa. Hãy hỏi người quản trị của đơn vị.",
            "No account is bound to this identity, or the account takes nobody in now. Ask your unit's administrator.",
        ),
        "auth.no_office" => (
            "Tài khoản hiện không giữ chức vụ nào. Hãy hỏi người quản trị của đơn vị.",
            "The account holds no office today. Ask your unit's administrator.",
        ),
        "identity.exists" => (
            "Danh tính này đã gắn với một tài khoản khác. Hãy hỏi người quản trị của đơn vị.",
            "This identity is bound to another account. Ask your unit's administrator.",
        ),
        "user.invitation" => (
            "Lời mời không còn hiệu lực. Hãy xin người quản trị lời mời mới.",
            "The invitation does not count any more. An administrator gives a new one.",
        ),
        "oidc.state" | "oidc.code" => (
            "Lượt đăng nhập này đã dùng, quá lâu, hoặc không bắt đầu từ trình duyệt này. Hãy đăng nhập lại.",
            "This login was used already, is too old, or did not begin in this browser. Sign in again.",
        ),
        "oidc.refused" => (
            "Hệ thống định danh cho biết chưa có ai đăng nhập. Hãy thử lại.",
            "The provider of identities says that nobody has logged in. Try again.",
        ),
        "oidc.issuer" | "oidc.token" => (
            "Trả lời của hệ thống định danh không hợp lệ nên bị từ chối. Hãy báo người quản trị máy chủ.",
            "What the provider of identities says is not right, and is refused. Tell whoever runs the service.",
        ),
        _ => (
            "Chưa đăng nhập được: hệ thống định danh không trả lời hoặc gặp sự cố. Hãy thử lại sau ít phút.",
            "Signing in does not work now: the provider of identities does not answer, or something is wrong. Try again in a few minutes.",
        ),
    };
    Text::new(vi, en)
}
