//! Whether a request meets the conditions of a rule.

use super::Rule;
use super::route::{Client, Request};
use crate::ec2::cidr::Cidr;
use alloc::vec::Vec;
use serde_json::Value;

/// Whether a request meets every condition of a rule; the default rule has none.
pub fn meets(rule: &Rule, client: &Client, request: &Request) -> bool {
    rule.priority.is_none() || rule.conditions.as_array().into_iter().flatten().all(|own| one(own, client, request))
}

/// Whether it meets one of the values of a condition. Hosts and headers are held without regard to case, paths are not.
fn one(condition: &Value, client: &Client, request: &Request) -> bool {
    let values = |member: &str| condition[member]["Values"].as_array().map(Vec::as_slice).unwrap_or_default();
    let any = |member: &str, text: &str| values(member).iter().any(|own| fits(own.as_str().unwrap_or_default(), text));
    let any_case = |member: &str, text: &str| {
        let text = text.to_ascii_lowercase();
        values(member).iter().any(|own| fits(&own.as_str().unwrap_or_default().to_ascii_lowercase(), &text))
    };
    match condition["Field"].as_str().unwrap_or_default() {
        "path-pattern" => any("PathPatternConfig", &request.path),
        "host-header" => any_case("HostHeaderConfig", &request.host),
        "http-request-method" => values("HttpRequestMethodConfig").iter().any(|own| *own == request.method),
        "http-header" => {
            let name = condition["HttpHeaderConfig"]["HttpHeaderName"].as_str().unwrap_or_default();
            let mut named = request.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
            named.any(|(_, value)| any_case("HttpHeaderConfig", value))
        }
        "query-string" => values("QueryStringConfig").iter().any(|pair| {
            let (key, value) = (pair["Key"].as_str(), pair["Value"].as_str().unwrap_or_default());
            request.query.split('&').any(|own| {
                let (name, text) = own.split_once('=').unwrap_or((own, ""));
                key.is_none_or(|key| fits(&key.to_ascii_lowercase(), &name.to_ascii_lowercase()))
                    && fits(&value.to_ascii_lowercase(), &text.to_ascii_lowercase())
            })
        }),
        "source-ip" => {
            let blocks: Vec<Cidr> =
                values("SourceIpConfig").iter().filter_map(|own| Cidr::parse(own.as_str()?)).collect();
            client.block().iter().any(|own| blocks.iter().any(|block| block.holds(*own)))
        }
        _ => false,
    }
}

/// `*` stands for any signs, `?` for one.
fn fits(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // The places of the text up to which the pattern read so far reaches.
    let mut reached = alloc::vec![false; text.len() + 1];
    reached.first_mut().into_iter().for_each(|first| *first = true);
    for sign in pattern.chars() {
        let before = reached.clone();
        let mut any = false;
        for (place, own) in reached.iter_mut().enumerate() {
            any |= before.get(place) == Some(&true);
            let step = place.checked_sub(1).filter(|last| before.get(*last) == Some(&true));
            let read = step.and_then(|last| text.get(last));
            *own = if sign == '*' { any } else { read.is_some_and(|read| sign == '?' || *read == sign) };
        }
    }
    reached.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use serde_json::json;

    #[test]
    fn patterns_of_conditions() {
        for (pattern, text, expected) in [
            ("/api/*", "/api/v1", true),
            ("/api/*", "/api", false),
            ("*", "", true),
            ("*.example.com", "a.b.example.com", true),
            ("/img?/*.png", "/img1/a.png", true),
            ("/img?/*.png", "/img/a.png", false),
            ("/a", "/ab", false),
            ("a*b*c", "axxbxxbc", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn every_kind_of_condition() {
        let client = Client { address: "203.0.113.25".to_string(), groups: Vec::new() };
        let request = Request {
            method: "GET".to_string(),
            host: "Shop.example.com".to_string(),
            path: "/Cart".to_string(),
            query: "v=2&debug".to_string(),
            headers: alloc::vec![("X-Beta".to_string(), "Yes".to_string())],
            ..Request::default()
        };
        for (condition, expected) in [
            (json!({ "Field": "path-pattern", "PathPatternConfig": { "Values": ["/c*", "/C*"] } }), true),
            (json!({ "Field": "path-pattern", "PathPatternConfig": { "Values": ["/c*"] } }), false),
            (json!({ "Field": "host-header", "HostHeaderConfig": { "Values": ["shop.*"] } }), true),
            (json!({ "Field": "http-request-method", "HttpRequestMethodConfig": { "Values": ["POST"] } }), false),
            (
                json!({ "Field": "http-header", "HttpHeaderConfig": { "HttpHeaderName": "x-beta", "Values": ["y*"] } }),
                true,
            ),
            (
                json!({ "Field": "query-string", "QueryStringConfig": { "Values": [{ "Key": "v", "Value": "2" }] } }),
                true,
            ),
            (json!({ "Field": "query-string", "QueryStringConfig": { "Values": [{ "Value": "3" }] } }), false),
            (json!({ "Field": "source-ip", "SourceIpConfig": { "Values": ["203.0.113.0/24"] } }), true),
            (json!({ "Field": "source-ip", "SourceIpConfig": { "Values": ["10.0.0.0/8"] } }), false),
        ] {
            assert_eq!(one(&condition, &client, &request), expected, "{condition}");
        }
    }
}
