//! The registry of the account over HTTP: the calls of the registry API that its guide shows with `curl`.
//!
//! Source: the ECR user guide, "Private registry authentication", on HTTP API authentication, and the error codes of the
//! registry API (OCI distribution specification).

use super::{Failure, Page, date};
use crate::aws::object::object;
use crate::ecr::token::Denied;
use crate::elb::route::Request;
use crate::shell::docker::{ARCHIVED, Open, registry};
use crate::shell::exec::Shell;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Where the hosts of registries lead: made up, as every public address of the lab.
pub const ADDRESS: &str = "198.19.255.1";

/// Whether a name is that of a registry of ECR.
pub fn is_host(host: &str) -> bool {
    registry(&host.to_ascii_lowercase()).is_some()
}

/// What a registry answers.
pub fn answer(shell: &mut Shell<'_>, host: &str, path: &str, request: &Request) -> Result<Page, Failure> {
    if !request.tls {
        return Err(Failure::Refused);
    }
    let host = host.to_ascii_lowercase();
    let given = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let decoded = given.and_then(|(_, value)| STANDARD.decode(value.strip_prefix("Basic ")?.trim()).ok());
    let pair = decoded.and_then(|own| String::from_utf8(own).ok());
    let password = pair.as_deref().and_then(|own| own.strip_prefix("AWS:")).unwrap_or_default();
    let open = match Open::with(shell, &host, password) {
        Ok(open) => open,
        Err(Denied::Expired) => {
            let why = "Your authorization token has expired. Reauthenticate and try again.";
            return Ok(told(shell, 403, "DENIED", why));
        }
        Err(Denied::Wrong) => {
            let realm = format!("Basic realm=\"https://{host}/\",service=\"ecr.amazonaws.com\"");
            let mut page = text(shell, 401, "text/plain; charset=utf-8", "Not Authorized\n".to_string());
            page.headers.push(("Www-Authenticate".to_string(), realm));
            return Ok(page);
        }
    };
    let reads = ["GET", "HEAD"].contains(&request.method.as_str());
    Ok(match path.strip_prefix("/v2/") {
        _ if !reads => told(shell, 405, "UNSUPPORTED", "ECS Lab takes pushes from docker alone"),
        Some("") => text(shell, 200, "text/plain; charset=utf-8", String::new()),
        Some(rest) if rest.ends_with("/tags/list") => tags(shell, &open, rest.trim_end_matches("/tags/list")),
        Some(rest) => match rest.split_once("/manifests/") {
            Some((name, reference)) => manifest(shell, &open, name, reference),
            None => text(shell, 404, "text/plain; charset=utf-8", "404 page not found\n".to_string()),
        },
        None => text(shell, 404, "text/plain; charset=utf-8", "404 page not found\n".to_string()),
    })
}

fn tags(shell: &mut Shell<'_>, open: &Open, name: &str) -> Page {
    match open.listed(shell, name) {
        Ok(tags) => {
            let body = object!({ "name": name, "tags": tags }).to_string();
            text(shell, 200, "text/plain; charset=utf-8", body + "\n")
        }
        Err(error) => refused(shell, &error),
    }
}

fn manifest(shell: &mut Shell<'_>, open: &Open, name: &str, reference: &str) -> Page {
    let id = match reference.starts_with("sha256:") {
        true => object!({ "imageDigest": reference }),
        false => object!({ "imageTag": reference }),
    };
    let input = object!({ "repositoryName": name, "imageIds": alloc::vec![id] });
    let reply = match open.call(shell, "BatchGetImage", input) {
        Ok(reply) => reply,
        Err(error) => return refused(shell, &error),
    };
    let image = &reply["images"][0];
    let member = |own: &Value| own.as_str().unwrap_or_default().to_string();
    if reply["failures"][0]["failureCode"] == "ImageInaccessible" {
        return told(shell, 404, "UNKNOWN", ARCHIVED);
    }
    if image.is_null() {
        return told(shell, 404, "MANIFEST_UNKNOWN", "Requested image not found");
    }
    let mut page = text(shell, 200, &member(&image["imageManifestMediaType"]), member(&image["imageManifest"]));
    page.headers.push(("Docker-Content-Digest".to_string(), member(&image["imageId"]["imageDigest"])));
    page
}

fn refused(shell: &Shell<'_>, error: &crate::aws::ApiError) -> Page {
    let (code, word) = match error.code.as_ref() {
        "RepositoryNotFoundException" => (404, "NAME_UNKNOWN"),
        "AccessDeniedException" => (403, "DENIED"),
        _ => (400, "UNSUPPORTED"),
    };
    told(shell, code, word, &error.message)
}

fn told(shell: &Shell<'_>, code: u16, word: &str, message: &str) -> Page {
    let error = object!({ "code": word, "message": message });
    let body = object!({ "errors": alloc::vec![error] }).to_string();
    text(shell, code, "application/json; charset=utf-8", body + "\n")
}

fn text(shell: &Shell<'_>, code: u16, kind: &str, body: String) -> Page {
    let headers: Vec<(String, String)> = [
        ("Content-Type", kind.to_string()),
        ("Date", date(shell.lab.now())),
        ("Docker-Distribution-Api-Version", "registry/2.0".to_string()),
        ("Content-Length", body.len().to_string()),
        ("Connection", "keep-alive".to_string()),
    ]
    .map(|(name, value)| (name.to_string(), value))
    .to_vec();
    Page { code, headers, body, after: SimDuration::ZERO }
}
