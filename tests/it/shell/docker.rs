//! The docker of the terminal, where a transcript does not reach.

use ecs_lab::ecr::{MadeFor, Refusal};
use ecs_lab::lab::{Command, Lab, Start};
use ecs_lab::shell::{Generation, Terminal};
use ecs_lab::sim::SimDuration;

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

fn run(terminal: &mut Terminal, lab: &mut Lab, line: &str) -> (u8, String) {
    let output = terminal.run(lab, line);
    (output.status, output.stdout + &output.stderr)
}

/// Docker Hub lets an address fetch 100 manifests in six hours, an account 200; what is up to date is not fetched, and
/// other registries do not count.
#[test]
fn docker_hub_has_a_limit_of_pulls() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    let limit = "toomanyrequests: You have reached your unauthenticated pull rate limit.";
    let fetch = "docker pull -q busybox && docker rmi busybox > /dev/null";
    for count in 0..100 {
        assert_eq!(run(&mut terminal, &mut lab, fetch).0, 0, "{count}");
        assert_eq!(run(&mut terminal, &mut lab, "docker pull -q public.ecr.aws/nginx/nginx").0, 0, "{count}");
    }
    let (status, told) = run(&mut terminal, &mut lab, fetch);
    assert!(status == 1 && told.starts_with(&format!("Error response from daemon: {limit}")), "{told}");
    let (status, told) = run(&mut terminal, &mut lab, "docker build demo");
    assert!(status == 1 && told.contains(limit), "{told}");
    assert_eq!(run(&mut terminal, &mut lab, "docker login -u me -p dckr_pat_x").0, 0);
    for count in 0..100 {
        assert_eq!(run(&mut terminal, &mut lab, fetch).0, 0, "{count}");
    }
    let (status, told) = run(&mut terminal, &mut lab, fetch);
    assert!(status == 1 && told.contains("You have reached your pull rate limit as 'me'"), "{told}");
    lab.apply(Command::Advance(SimDuration::from_secs(6 * 3600))).unwrap();
    assert_eq!(run(&mut terminal, &mut lab, fetch).0, 0);
    for _ in 0..200 {
        assert_eq!(run(&mut terminal, &mut lab, "docker pull -q busybox").0, 0, "one fetch, then it is up to date");
    }
}

/// ECR 3.5: an index that buildx pushes has an image for each platform, and none for another one.
#[test]
fn a_pushed_index_serves_each_platform() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    for line in [
        "aws ecr create-repository --repository-name demo",
        &format!("aws ecr get-login-password | docker login -u AWS --password-stdin {HOST}"),
        "docker buildx create --use",
        &format!("docker buildx build --platform linux/amd64,linux/arm64 -t {HOST}/demo:both --push demo"),
        &format!("docker buildx build --platform linux/amd64 -t {HOST}/demo:one --push demo"),
        &format!("docker buildx build --platform linux/amd64 --provenance=false -t {HOST}/demo:plain --push demo"),
    ] {
        let (status, told) = run(&mut terminal, &mut lab, line);
        assert_eq!(status, 0, "{line}: {told}");
    }
    let world = lab.world();
    for (tag, platform, expected) in [
        ("both", "linux/amd64", Ok(true)),
        ("both", "linux/arm64", Ok(true)),
        ("both", "windows/amd64", Err(Refusal::NoPlatform)),
        ("one", "linux/amd64", Ok(true)),
        ("one", "linux/arm64", Err(Refusal::NoPlatform)),
        ("plain", "linux/amd64", Ok(true)),
        ("plain", "linux/arm64", Ok(false)),
    ] {
        let named = format!("{HOST}/demo:{tag}");
        let found = world.ecr().pull(&world.options().account, &named, platform, None).unwrap();
        assert_eq!(found.map(|pulled| pulled.made_for == MadeFor::Platform), expected, "{tag} {platform}");
    }
}
