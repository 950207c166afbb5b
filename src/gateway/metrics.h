/* Counters of one worker process, shown at /metrics. */
#ifndef TIPSTAFF_GATEWAY_METRICS_H
#define TIPSTAFF_GATEWAY_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

/* name of the constant, Prometheus name (prefix tipstaff_), labels, help */
#define METRIC_ROWS(ROW) \
	ROW(HTTP_REQUESTS,     "http_requests_total",       "",                       "HTTP requests answered") \
	ROW(HTTP_REFUSED,      "http_refused_total",        "",                       "HTTP requests refused as malformed") \
	ROW(DECISION_PERMIT,   "decisions_total",           "decision=\"permit\"",    "Decisions taken") \
	ROW(DECISION_DENY,     "decisions_total",           "decision=\"deny\"",      "Decisions taken") \
	ROW(DECISION_GATE,     "decisions_total",           "decision=\"gate\"",      "Decisions taken") \
	ROW(DECISION_OBSERVED, "decisions_observed_total",  "",                       "Denials that were not enforced (observing)") \
	ROW(OUTCOME_OK,        "outcomes_total",            "outcome=\"ok\"",         "Outcomes of released calls") \
	ROW(OUTCOME_ERROR,     "outcomes_total",            "outcome=\"error\"",      "Outcomes of released calls") \
	ROW(OUTCOME_UNKNOWN,   "outcomes_total",            "outcome=\"unknown\"",    "Outcomes of released calls") \
	ROW(TOKEN_ISSUED,      "tokens_total",              "result=\"issued\"",      "Task tokens asked for") \
	ROW(TOKEN_REFUSED,     "tokens_total",              "result=\"refused\"",     "Task tokens asked for") \
	ROW(CALLER_UNKNOWN,    "unknown_callers_total",     "",                       "Attempts of unregistered callers") \
	ROW(APPEND_FAILED,     "evidence_failures_total",   "",                       "Records that could not be made durable") \
	ROW(UPSTREAM_REQUESTS, "upstream_requests_total",   "",                       "Requests sent to targets") \
	ROW(UPSTREAM_FAILED,   "upstream_failures_total",   "",                       "Requests to targets that failed")

#define METRIC_ENUM(constant, name, labels, help) METRIC_##constant,
enum metric { METRIC_ROWS(METRIC_ENUM) METRIC_COUNT };
#undef METRIC_ENUM

struct metrics {
	_Atomic uint64_t values[METRIC_COUNT];
};

static inline void metrics_add(struct metrics *metrics, enum metric metric)
{
	atomic_fetch_add_explicit(&metrics->values[metric], 1, memory_order_relaxed);
}

#endif
