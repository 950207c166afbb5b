/* Who asks over AuthZEN: the credential of a request. */
#include "api/authzen.h"

#include "api/credential.h"
#include "api/limits.h"
#include "gateway/gateway.h"

/* The enforcement point whose key this is: `<id>~<secret>`. Neither ids nor tokens of agents hold a `~`. */
static const struct pep_row *pep_of(const struct snapshot *snapshot, slice token)
{
	slice secret = token, id = slice_cut(&secret, '~');
	const struct pep_row *pep = snapshot ? snapshot_pep(snapshot, id) : NULL;
	if (!pep || !pep->active || secret.len < PEP_SECRET_BYTES_MIN || !credential_matches(token, pep->key_sha256))
		return NULL;
	return pep;
}

enum error authzen_asker(struct services *services, const struct http1_request *request, struct asker *ret_asker,
			 struct fault *why)
{
	slice token = credential_bearer(request);
	bool is_key = slice_find_byte(token, '~', 0) != SIZE_MAX;
	*ret_asker = (struct asker){.pep = is_key ? pep_of(services_snapshot(services), token) : NULL};
	if (ret_asker->pep) {
		ret_asker->kind = ASKER_PEP;
	} else if (credential_matches(token, services->config->admin_key_sha256)) {
		ret_asker->kind = ASKER_OPERATOR;
		ret_asker->asserts_subject = services->config->authzen_assert_properties;
	} else if (is_key) {
		return FAIL(why, E_UNAUTHENTICATED, "no active enforcement point has this key");
	} else {
		TRY(gateway_bearer(services, request, &ret_asker->caller, why));
		ret_asker->kind = ASKER_AGENT;
	}
	return E_OK;
}
