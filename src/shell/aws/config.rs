//! Profiles: who calls, in which Region, with which output (`~/.aws/config`, `~/.aws/credentials` and the environment).

use super::Generation;
use super::fail::Fail;
use super::ini::{has_section, header, setting};
use crate::aws::arn;
use crate::iam::Kind;
use crate::lab::{ApiCall, Command, Lab};
use crate::shell::exec::Shell;
use crate::shell::terminal::{HOME, Terminal};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::json;

/// The two files, relative to the home.
pub(super) const CONFIG: &str = ".aws/config";
pub(super) const CREDENTIALS: &str = ".aws/credentials";

/// As far as profiles may lead to each other.
const MOST_LINKS: u8 = 5;

/// The section of `config` that belongs to a profile.
pub(super) fn section(profile: &str) -> String {
    if profile == "default" { profile.to_string() } else { format!("profile {profile}") }
}

/// The names of all profiles: those that are written down, and the users of the lab.
pub(super) fn profiles(terminal: &Terminal, lab: &Lab) -> Vec<String> {
    let file = |name: &str| terminal.files.read(&format!("{HOME}/{name}")).unwrap_or_default();
    let lines = file(CONFIG).lines().chain(file(CREDENTIALS).lines());
    let section = |line: &str| {
        let own = header(line)?;
        Some(own.strip_prefix("profile ").unwrap_or(own).to_string())
    };
    let users = lab.world().iam().all(Kind::User).map(|own| own.name.clone());
    lines.filter_map(section).chain(users).collect()
}

/// The service and the operation that are called.
type Called<'a> = (&'static str, &'a str);

/// That a key stands somewhere without its secret (botocore's PartialCredentialsError).
fn partial(provider: &str, missing: &str) -> Fail {
    Fail::Other(format!("Partial credentials found in {provider}, missing: {missing}"))
}

impl Shell<'_> {
    /// A variable that programs see.
    pub(in crate::shell) fn environment(&self, name: &str) -> Option<&str> {
        let own = self.terminal.variables.get(name).filter(|own| own.exported)?;
        Some(own.value.as_str()).filter(|value| !value.is_empty())
    }

    /// The profile in use, and whether the line itself named it.
    pub(super) fn profile(&self, named: Option<&str>) -> String {
        let own = named.or_else(|| self.environment("AWS_PROFILE")).or_else(|| self.environment("AWS_DEFAULT_PROFILE"));
        own.unwrap_or("default").to_string()
    }

    /// A file of the home's `.aws`.
    pub(super) fn aws_file(&self, name: &str) -> &str {
        self.terminal.files.read(&format!("{HOME}/{name}")).unwrap_or_default()
    }

    pub(super) fn is_written(&self, profile: &str) -> bool {
        has_section(self.aws_file(CONFIG), &section(profile)) || has_section(self.aws_file(CREDENTIALS), profile)
    }

    /// Whether a profile is there: written down, or a user of the lab by that name.
    pub(super) fn check_profile(&self, profile: &str) -> Result<(), Fail> {
        let user = self.lab.world().iam().get(Kind::User, profile).is_some();
        if profile == "default" || self.is_written(profile) || user {
            return Ok(());
        }
        Err(Fail::Other(format!("The config profile ({profile}) could not be found")))
    }

    /// A setting of a profile. A user of the lab whose profile is not written down has the Region and output of the
    /// default one.
    pub(super) fn profile_setting(&self, profile: &str, name: &str) -> Option<String> {
        let profile =
            if self.is_written(profile) || !["region", "output"].contains(&name) { profile } else { "default" };
        let own = setting(self.aws_file(CREDENTIALS), profile, name);
        own.or_else(|| setting(self.aws_file(CONFIG), &section(profile), name)).map(ToString::to_string)
    }

    /// The Region of a line.
    pub(super) fn region(&self, named: Option<&str>, profile: &str) -> Result<String, Fail> {
        let variable = match self.terminal.generation {
            Generation::V1 => None,
            Generation::V2 => self.environment("AWS_REGION"),
        };
        let variable = variable.or_else(|| self.environment("AWS_DEFAULT_REGION"));
        let own = named.or(variable).map(ToString::to_string).or_else(|| self.profile_setting(profile, "region"));
        let told = "You must specify a region. You can also configure your region by running \"aws configure\".";
        own.filter(|own| !own.is_empty())
            .ok_or_else(|| Fail::Configuration("NoRegion", told.to_string(), told.to_string()))
    }

    /// As whom a line calls; none for the learner.
    pub(in crate::shell) fn caller(&self, named: Option<&str>, call: Called<'_>) -> Result<Option<String>, Fail> {
        if named.is_none()
            && let Some(key) = self.environment("AWS_ACCESS_KEY_ID")
        {
            let secret = self.environment("AWS_SECRET_ACCESS_KEY");
            return self.caller_of(key, secret.ok_or_else(|| partial("env", "AWS_SECRET_ACCESS_KEY"))?, call);
        }
        self.caller_by(&self.profile(named), call, 0)
    }

    fn caller_by(&self, profile: &str, call: Called<'_>, links: u8) -> Result<Option<String>, Fail> {
        if links > MOST_LINKS {
            return Err(Fail::Other(format!(
                "Infinite loop in credential configuration detected. Attempting to load from profile {profile} which has already been visited."
            )));
        }
        if let Some(role) = self.profile_setting(profile, "role_arn") {
            let source = self.profile_setting(profile, "source_profile").unwrap_or_else(|| "default".to_string());
            let source = self.caller_by(&source, ("sts", "AssumeRole"), links + 1)?;
            return self.assume(&role, source).map(Some);
        }
        let written = [(CREDENTIALS, profile, "shared-credentials-file"), (CONFIG, &*section(profile), "config-file")];
        for (file, section, provider) in written {
            let setting = |name: &str| setting(self.aws_file(file), section, name);
            if let Some(key) = setting("aws_access_key_id") {
                let name = "aws_secret_access_key";
                return self.caller_of(key, setting(name).ok_or_else(|| partial(provider, name))?, call);
            }
        }
        if self.lab.world().iam().get(Kind::User, profile).is_some() {
            return Ok(Some(format!("user/{profile}")));
        }
        let told = |command: &str| {
            format!("Unable to locate credentials. You can configure credentials by running \"{command}\".")
        };
        Err(Fail::Configuration("NoCredentials", told("aws configure"), told("aws login")))
    }

    fn caller_of(&self, key: &str, secret: &str, (service, operation): Called<'_>) -> Result<Option<String>, Fail> {
        let iam = self.lab.world().iam();
        let found = iam.caller_of(key, self.lab.now(), service);
        let refused = |error: crate::aws::ApiError| {
            let code = crate::aws::wire::code(&error, service).to_string();
            Fail::Service(service, code, operation.to_string(), error.message)
        };
        let found = found.and_then(|own| iam.signed(key, secret, service).map(|()| own));
        Ok(found.map_err(refused)?.map(ToString::to_string))
    }

    /// The session of a role, where its trust policy lets the caller in.
    fn assume(&self, role: &str, caller: Option<String>) -> Result<String, Fail> {
        let session = format!("botocore-session-{}", self.lab.now().as_millis().div_euclid(1000));
        let input = json!({ "RoleArn": role, "RoleSessionName": session });
        let call = ApiCall { caller, ..ApiCall::new("sts", "AssumeRole", input) };
        let refused = |error: crate::aws::ApiError| {
            let code = crate::aws::wire::code(&error, "sts").to_string();
            Fail::Service("sts", code, "AssumeRole".to_string(), error.message)
        };
        // What the command line asks for anew at each start is not kept.
        self.lab.rehearse(&[Command::Api(call)]).map_err(refused)?;
        Ok(format!("assumed-role/{}/{session}", arn::short_name(role)))
    }
}
