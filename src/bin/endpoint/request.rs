//! Which service, operation, region and input a request names, and what the world of the region answers.

use ecs_lab::aws::model;
use ecs_lab::aws::{ApiError, wire};
use ecs_lab::lab::{ApiCall, Command};
use serde_json::Value;

use crate::answer::Answer;
use crate::http::Refusal;
use crate::worlds::Worlds;
use crate::{control, query};

/// The region of a request that names none.
pub const HOME: &str = "us-east-1";

/// What matters of an HTTP request.
#[derive(Debug, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub target: String,
    pub authorization: String,
    pub content_type: String,
    /// The page that asks, where a browser sends the request.
    pub origin: String,
    /// Whether the client wants the codes of the Query protocol beside those of JSON (`x-amzn-query-mode`).
    pub query_mode: bool,
    pub body: Vec<u8>,
}

impl Request {
    /// Region and service of the credential scope, `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
    fn scope(&self) -> Option<(&str, &str)> {
        let (_, credential) = self.authorization.split_once("Credential=")?;
        let mut parts = credential.split([',', ' ']).next()?.split('/').skip(2);
        Some((parts.next()?, parts.next()?))
    }

    /// The access key that signed; empty where the request was not signed.
    fn access_key(&self) -> &str {
        let credential = self.authorization.split_once("Credential=").map_or("", |(_, credential)| credential);
        credential.split('/').next().unwrap_or_default()
    }

    /// The body; an empty one stands for the empty object.
    pub fn body_or_empty(&self) -> &[u8] {
        if self.body.is_empty() { b"{}" } else { &self.body }
    }

    /// The name of the service that the request was signed for; empty where it was not signed.
    pub fn signed_for(&self) -> &str {
        self.scope().map_or("", |(_, service)| service)
    }

    /// The region whose world answers. Errors: one that was signed for and has no form of a region's name, in AWS's
    /// words.
    fn region(&self) -> Result<&str, ApiError> {
        let region = self.scope().map_or(HOME, |(region, _)| region);
        let why = || format!("Credential should be scoped to a valid region, not '{region}'.");
        is_region(region).then_some(region).ok_or_else(|| ApiError::new("InvalidSignatureException", why()))
    }

    /// Whether a page of another machine has the browser send this.
    fn is_from_elsewhere(&self) -> bool {
        let host = self.origin.split_once("://").map_or("", |(_, host)| host);
        let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
        !self.origin.is_empty() && !["localhost", "127.0.0.1", "[::1]"].contains(&name)
    }
}

/// Whether a text has the form of a region's name, as `us-east-1`.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let number = |part: &&str| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), [words @ .., last] if (2..=4).contains(&words.len()) && words.iter().all(word) && number(last))
}

/// Answers one request, or what was none.
pub fn answer_to(worlds: &mut Worlds, request: Result<Request, Refusal>) -> Answer {
    let id = request_id(worlds.next_request());
    let request = match &request {
        Ok(request) => request,
        Err((status, sentence)) => return Answer::plain(*status, sentence, id),
    };
    if request.is_from_elsewhere() {
        return Answer::plain(403, "pages of other machines may not use this endpoint", id);
    }
    if let Some(path) = request.path.strip_prefix("/_lab/") {
        return control::answer(worlds, request, path, id);
    }
    if request.method != "POST" {
        return Answer::plain(405, "AWS calls are POST requests; the lab's own stand under /_lab/", id);
    }
    if !request.target.is_empty() {
        let service = service(&request.target);
        let result = json_call(request, service).and_then(|call| run(worlds, request, call));
        return Answer::json(result, id, service.unwrap_or_default(), request.query_mode);
    }
    if request.content_type.starts_with("application/x-www-form-urlencoded") {
        return query::answer(worlds, request, id);
    }
    Answer::json(Err(unknown("The request has no X-Amz-Target.")), id, "", false)
}

/// Lets the world of the request's region do a call, as whom the access key stands for: a key that IAM made there acts as
/// its user or session, any other as the learner.
pub fn run(worlds: &mut Worlds, request: &Request, call: ApiCall) -> Result<Value, ApiError> {
    let region = request.region()?;
    let lab = worlds.of(region);
    let caller = lab.world().iam().caller_of(request.access_key(), lab.now(), &call.service)?.map(String::from);
    let done = lab.apply(Command::Api(ApiCall { caller, ..call })).map(|outcome| outcome.reply);
    worlds.settle(region);
    done
}

/// The services that speak JSON, by the prefix of their targets.
const PREFIXES: [(&str, &str); 11] = [
    ("AWSEvents", "events"),
    ("AmazonEC2ContainerServiceV20141113", "ecs"),
    ("AmazonEC2ContainerRegistry_V20150921", "ecr"),
    ("AmazonSSM", "ssm"),
    ("AnyScaleFrontendService", "application-autoscaling"),
    ("CodeDeploy_20141006", "codedeploy"),
    ("GraniteServiceVersion20100801", "cloudwatch"),
    ("Logs_20140328", "logs"),
    ("secretsmanager", "secretsmanager"),
    ("Route53AutoNaming_v20170314", "servicediscovery"),
    ("SpencerFrontendService", "ecr-public"),
];

/// The service of a target.
fn service(target: &str) -> Option<&'static str> {
    let prefix = target.split('.').next().unwrap_or_default();
    PREFIXES.iter().find(|(own, _)| *own == prefix).map(|(_, service)| *service)
}

fn json_call(request: &Request, service: Option<&str>) -> Result<ApiCall, ApiError> {
    let service = service.ok_or_else(|| unknown(&format!("There is no target {}.", request.target)))?;
    let operation = request.target.split_once('.').map_or("", |(_, operation)| operation);
    // A body that is no JSON is refused without a word, as AWS does.
    let body =
        serde_json::from_slice(request.body_or_empty()).map_err(|_| ApiError::new("SerializationException", ""))?;
    call(service, operation, body)
}

/// The call with its input as the service takes it. Of an operation that the lab has not, the lab says so.
///
/// Errors: a value of another type.
pub fn call(service: &str, operation: &str, body: Value) -> Result<ApiCall, ApiError> {
    let input = match model::operation(service, operation) {
        Some(known) => wire::receive(known, body)?,
        None => Value::Null,
    };
    Ok(ApiCall::new(service, operation, input))
}

fn unknown(why: &str) -> ApiError {
    ApiError::new("UnknownOperationException", why).in_our_words()
}

/// A request id of AWS's form, counted and not drawn.
fn request_id(number: u64) -> String {
    format!("ec51ab00-0000-4000-8000-{number:012x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_scope_names_the_region() {
        let region = |authorization: &str| {
            let authorization = authorization.to_string();
            let request = Request { authorization, ..Request::default() };
            request.region().map(String::from).map_err(|error| error.message)
        };
        let scope = "AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-central-1/ecs/aws4_request, SignedHeaders=host";
        assert_eq!(region(scope).as_deref(), Ok("eu-central-1"));
        for unsigned in ["", "Bearer x", "Credential=a/b"] {
            assert_eq!(region(unsigned).as_deref(), Ok(HOME), "{unsigned}");
        }
        let wrong = region("Credential=AKID/20261121/../ecs/aws4_request").unwrap_err();
        assert_eq!(wrong, "Credential should be scoped to a valid region, not '..'.");
        assert!(is_region("us-gov-west-1") && is_region("ap-southeast-5"));
        assert!(!is_region("us-east") && !is_region("US-EAST-1") && !is_region("x"));
    }

    #[test]
    fn pages_of_other_machines_are_refused() {
        let elsewhere = |origin: &str| Request { origin: origin.to_string(), ..Request::default() }.is_from_elsewhere();
        for own in ["", "http://localhost", "http://localhost:8080", "http://127.0.0.1:4566", "http://[::1]:80"] {
            assert!(!elsewhere(own), "{own}");
        }
        for other in ["null", "https://example.com", "http://localhost.example.com:80", "http://127.0.0.1:80.example"] {
            assert!(elsewhere(other), "{other}");
        }
    }
}
