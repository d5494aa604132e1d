//! The content security policy of the page, written into its meta element.
//!
//! Trunk's loader is an inline script whose text changes with each build, so its hash is computed afterwards; nothing
//! else inline is allowed. `frame-ancestors` has no effect in a meta element: the README tells hosts about it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Where the page wants its policy.
pub const PLACE: &str = "<!-- csp -->";

/// The page with its policy in place.
pub fn write(html: &str) -> Result<String, String> {
    if html.matches(PLACE).count() != 1 {
        return Err(format!("static/index.html must hold `{PLACE}` once, where its security policy goes"));
    }
    Ok(html.replace(PLACE, &format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", policy(html))))
}

fn policy(html: &str) -> String {
    let mut scripts = "'self' 'wasm-unsafe-eval'".to_string();
    for script in inline_scripts(html) {
        scripts += &format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
    }
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; \
         font-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'none'"
    )
}

/// The text of each script that stands in the page itself, as the browser hashes it.
fn inline_scripts(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("<script") {
        let Some((attributes, after)) = after.split_once('>') else { break };
        let Some((text, after)) = after.split_once("</script") else { break };
        let own = !attributes.split_whitespace().any(|attribute| attribute.starts_with("src="));
        if own && !attributes.contains("application/json") {
            found.push(text);
        }
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_hashed_and_files_and_data_are_not() {
        let html = "<head><!-- csp --><script src=\"a.js\"></script><script type=\"module\">alert('Hello, world.');</script>\
                    <script type=\"application/json\">{}</script></head>";
        assert_eq!(inline_scripts(html), ["alert('Hello, world.');"]);
        let page = write(html).unwrap();
        // The digest that MDN's page on script-src gives for this very script.
        assert!(
            page.contains(
                "script-src 'self' 'wasm-unsafe-eval' 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=';"
            )
        );
        assert!(!page.contains("unsafe-inline") && !page.contains("'unsafe-eval'") && !page.contains(PLACE));
    }

    #[test]
    fn a_page_without_a_place_for_the_policy_is_refused() {
        assert!(write("<head></head>").is_err());
        assert!(write("<!-- csp --><!-- csp -->").is_err());
    }
}
