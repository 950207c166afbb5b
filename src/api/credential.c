#include "api/credential.h"

#include "crypt/digest.h"

bool credential_is_admin(const struct services *services, const struct http1_request *request)
{
	slice header = http1_header(&request->headers, HTTP1_NAME_AUTHORIZATION);
	struct sha256 digest;
	if (header.len <= 7 || !slice_equal_fold(slice_sub(header, 0, 7), SLICE("bearer ")))
		return false;
	if (sha256_once(&digest, slice_trim(slice_from_offset(header, 7)), NULL) != E_OK)
		return false;
	slice expected = slice_from(services->config->admin_key_sha256, sizeof(services->config->admin_key_sha256));
	return slice_equal_constant_time(sha256_slice(&digest), expected);
}
