//! What an outcome of a fault means, in plain words: how a pull of an image or the start of a task can go.

/// An outcome in words that end the sentence "Suppose that …".
pub fn words(outcome: &'static str) -> &'static str {
    match outcome {
        "NORMAL" => "all goes as usual again",
        // Pulls of an image.
        "SLOW" => "each takes five minutes",
        "NOT_FOUND" => "the image does not exist",
        "ACCESS_DENIED" => "the role may not pull the image",
        "NETWORK" => "the registry cannot be reached",
        "RATE_LIMIT" => "Docker Hub has its limit of pulls reached",
        "DISK_FULL" => "the disk of the host is full",
        "LAYER" => "a layer of the image is refused",
        "STALLED" => "no more data comes once it has begun",
        // Tasks of a family.
        "ECR_AUTH" => "Amazon ECR gives no credentials to pull with",
        "SECRETS_MANAGER" => "the role may not read the secret",
        "SECRET_MISSING" => "the secret does not exist",
        "PARAMETER_STORE" => "Parameter Store does not answer",
        "ENVIRONMENT_FILE" => "the role may not read the environment file",
        "LOG_GROUP" => "the log group cannot be found",
        "EFS" => "the EFS file system does not answer",
        "VOLUME" => "a volume cannot be mounted",
        "CREATE" => "a folder to mount does not exist on the host",
        "CREATE_TIMEOUT" => "it takes too long to create a container",
        "START" => "the program to start is not in the image",
        "START_TIMEOUT" => "it takes too long to start a container",
        "INSPECT" => "it takes too long to inspect a container",
        "RUNTIME" => "the container runtime fails",
        "ENI_TIMEOUT" => "the network interface comes too late",
        "NO_ADDRESS" => "the subnet has no address left",
        "SPOT_CAPACITY" => "Fargate Spot has no capacity",
        "STOP" => "a container cannot be told to stop",
        "STOP_TIMEOUT" => "the task never gets to STOPPED",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::aws::model;

    #[test]
    fn every_outcome_that_a_fault_can_have_has_words_of_its_own() {
        let shape = model::operation("lab", "Fault").unwrap().input;
        for path in ["imagePull.outcome", "initialization.outcome"] {
            let outcomes = shape.enum_values(path);
            assert!(outcomes.len() > 5, "{path}: {outcomes:?}");
            let said: Vec<&str> = outcomes.iter().map(|outcome| words(outcome)).collect();
            for (index, own) in said.iter().enumerate() {
                assert!(!outcomes.contains(own), "{path}: {own} is no plain word");
                assert!(!said[..index].contains(own), "{path}: {own} is said of two");
            }
        }
    }
}
