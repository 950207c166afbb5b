#include "api/credential.h"

#include "crypt/digest.h"

slice credential_bearer(const struct http1_request *request)
{
	slice header = http1_header(&request->headers, HTTP1_NAME_AUTHORIZATION);
	if (header.len <= 7 || !slice_equal_fold(slice_sub(header, 0, 7), SLICE("bearer ")))
		return SLICE("");
	return slice_trim(slice_from_offset(header, 7));
}

bool credential_matches(slice token, const unsigned char *digest)
{
	struct sha256 actual;
	if (token.len == 0 || sha256_once(&actual, token, NULL) != E_OK)
		return false;
	return slice_equal_constant_time(sha256_slice(&actual), slice_from(digest, SHA256_BYTES));
}

bool credential_is_admin(const struct services *services, const struct http1_request *request)
{
	return credential_matches(credential_bearer(request), services->config->admin_key_sha256);
}
