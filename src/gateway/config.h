/* The settings of a running server: what the configuration file says, with every default filled in. */
#ifndef TIPSTAFF_GATEWAY_CONFIG_H
#define TIPSTAFF_GATEWAY_CONFIG_H

#include "base/slice.h"

#include <stdbool.h>

/* Read once at start (daemon/config.c), immutable afterwards. All slices live as long as the process. */
struct config {
	slice data_dir;
	slice listen_address;    /* numeric */
	uint16_t listen_port;    /* the real one, also where 0 was asked for */
	slice issuer;            /* base URL without a trailing slash; also the OAuth issuer */
	slice node;              /* name of this node in records */
	slice tls_certificate;   /* PEM text; empty: plain HTTP, loopback only */
	slice tls_key;           /* PEM text; handed to the worker only */
	slice upstream_ca;       /* PEM text of the CAs that upstreams are checked against; empty: the system's */
	slice policy_dir;        /* folder of .cedar and .entities.json files read at start and on SIGHUP; empty: none */
	unsigned loops;          /* loop threads */
	unsigned token_lifetime_s;           /* 60 .. 300 */
	unsigned assertion_lifetime_max_s;   /* how far ahead `exp` of a client assertion may lie */
	unsigned clock_skew_s;
	unsigned append_timeout_ms;          /* a permit whose record is not durable by then is denied */
	unsigned upstream_timeout_ms;        /* until the first byte of an upstream's answer */
	unsigned stream_idle_timeout_ms;     /* a stream without a byte for so long is closed */
	size_t request_body_bytes_max;
	size_t response_body_bytes_max;
	size_t log_segment_bytes;
	bool accept_token_endpoint_audience; /* client assertions may name the token endpoint as `aud` */
	bool authzen_assert_properties;      /* the admin key may assert subject.properties over AuthZEN */
	bool log_json;
	unsigned char admin_key_sha256[32];
};

#endif
