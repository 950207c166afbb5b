// The reference engine as a native library: the operations of bench/tasks.c, CPU time a piece.
//
//	native FOLDER [--quick]
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Schema, ValidationMode, Validator};
use std::{env, fs, hint::black_box, str::FromStr};

fn cpu_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

fn time(count: u64, operation: &mut dyn FnMut()) -> u64 {
    let start = cpu_ns();
    for _ in 0..count {
        operation();
    }
    cpu_ns() - start
}

fn measure(name: &str, batch_ns: u64, mut operation: impl FnMut()) {
    let mut count = 1;
    while time(count, &mut operation) < batch_ns / 4 {
        count *= 2;
    }
    let mut results: Vec<f64> = (0..9).map(|_| time(count * 4, &mut operation) as f64 / (count * 4) as f64).collect();
    results.sort_by(f64::total_cmp);
    println!("{{\"name\":\"{name}\",\"value\":{:.1},\"unit\":\"ns\"}}", results[4]);
}

fn uid(value: &serde_json::Value) -> EntityUid {
    EntityUid::from_json(value.clone()).expect("an entity's name")
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let batch = if arguments.iter().any(|a| a == "--quick") { 1_000_000 } else { 10_000_000 };
    let text = |name: &str| fs::read_to_string(format!("{}/{name}", arguments[1])).ok();
    let policies = text("policies.cedar").expect("policies.cedar");
    let set = PolicySet::from_str(&policies).expect("policies");
    measure("policy_parse", batch, || drop(black_box(PolicySet::from_str(&policies))));
    if let Some(json) = text("policies.json") {
        PolicySet::from_json_str(&json).expect("policies as JSON");
        measure("json_policy_parse", batch, || drop(black_box(PolicySet::from_json_str(&json))));
    }
    if let Some(json) = text("schema.json") {
        measure("json_schema_parse", batch, || drop(black_box(Schema::from_json_str(&json).expect("schema"))));
    }
    let Some(schema_text) = text("schema.cedarschema") else { return };
    let schema = Schema::from_cedarschema_str(&schema_text).expect("schema").0;
    measure("schema_parse", batch, || drop(black_box(Schema::from_cedarschema_str(&schema_text))));
    let validator = Validator::new(schema.clone());
    measure("validation", batch, || drop(black_box(validator.validate(&set, ValidationMode::Strict))));
    let Some(entities_json) = text("entities.json") else { return };
    let entities = Entities::from_json_str(&entities_json, Some(&schema)).expect("entities");
    measure("entity_parse_with_schema", batch, || drop(black_box(Entities::from_json_str(&entities_json, Some(&schema)))));
    measure("entity_parse_without_schema", batch, || drop(black_box(Entities::from_json_str(&entities_json, None))));
    let Some(requests_json) = text("requests.json") else { return };
    let requests: Vec<Request> = serde_json::from_str::<Vec<serde_json::Value>>(&requests_json)
        .expect("requests")
        .iter()
        .map(|r| {
            let action = uid(&r["action"]);
            let context = Context::from_json_value(r["context"].clone(), Some((&schema, &action))).expect("context");
            Request::new(uid(&r["principal"]), action, uid(&r["resource"]), context, None).expect("request")
        })
        .collect();
    let authorizer = Authorizer::new();
    let allowed = requests.iter().filter(|r| authorizer.is_authorized(r, &set, &entities).decision() == Decision::Allow).count();
    println!("{{\"name\":\"allowed\",\"value\":{},\"unit\":\"%\"}}", 100.0 * allowed as f64 / requests.len() as f64);
    let mut next = 0;
    measure("authorization", batch, || {
        next = (next + 1) % requests.len();
        drop(black_box(authorizer.is_authorized(&requests[next], &set, &entities)));
    });
}
