#include "protocol/oauth.h"

#include "check.h"
#include "text/json.h"

#define FORM SLICE("application/x-www-form-urlencoded")
#define ISSUER SLICE("http://127.0.0.1:7475")
#define CLIENT "client_assertion=a.b.c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
#define EXCHANGE "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&" CLIENT

static struct arena arena;

static enum error read_request(const char *body, struct oauth_token_request *request, struct fault *why)
{
	struct form form;
	arena_free(&arena);
	arena_init(&arena, 1 << 20);
	TRY(oauth_form_read(&form, FORM, slice_of(body), &arena, why));
	return oauth_token_request_read(&form, ISSUER, request, why);
}

static void check_refused(const char *body, enum error code, const char *field)
{
	struct oauth_token_request request;
	struct fault why = {0};
	CHECK_ERROR(read_request(body, &request, &why), code);
	CHECK_SLICE(slice_of(why.field), slice_of(field));
	arena_free(&arena);
}

TEST(a_repeated_parameter_is_refused_but_for_audience_and_resource)
{
	check_refused("grant_type=client_credentials&grant_type=client_credentials", E_INVALID, "grant_type");
	check_refused("grant_type=client_credentials&x=1&x=1", E_INVALID, "x");
	check_refused("grant_type=client_credentials&scope=a&scope=", E_INVALID, "scope");
	struct oauth_token_request request;
	struct fault why = {0};
	CHECK_OK(read_request("grant_type=client_credentials&" CLIENT
			      "&audience=http%3A%2F%2F127.0.0.1%3A7475%2Fmcp&audience=http%3A%2F%2F127.0.0.1%3A7475%2Fmcp%2Ffs"
			      "&resource=http%3A%2F%2F127.0.0.1%3A7475%2Fmcp",
			      &request, &why),
		 why);
	arena_free(&arena);
}

TEST(tokens_are_for_the_gateway_only)
{
	check_refused("grant_type=client_credentials&audience=http%3A%2F%2Fother%2Fmcp", E_TARGET, "");
	check_refused("grant_type=client_credentials&resource=http%3A%2F%2F127.0.0.1%3A7475", E_TARGET, "");
	check_refused("grant_type=client_credentials&resource=http%3A%2F%2F127.0.0.1%3A7475%2Fmcp%2F", E_TARGET, "");
	check_refused("grant_type=client_credentials&resource=http%3A%2F%2F127.0.0.1%3A7475%2Fmcp%2Fa%2Fb", E_TARGET, "");
}

TEST(only_private_key_jwt_authenticates)
{
	check_refused("grant_type=client_credentials&client_secret=s", E_INVALID, "client_secret");
	check_refused("grant_type=client_credentials&client_assertion=a.b.c", E_INVALID, "client_assertion_type");
	check_refused("grant_type=client_credentials&client_assertion_type=x", E_INVALID, "client_assertion");
	check_refused("grant_type=client_credentials&client_assertion=a&client_assertion_type=saml2-bearer", E_INVALID,
		      "client_assertion_type");
}

TEST(other_grants_and_malformed_exchanges_are_refused)
{
	check_refused("", E_INVALID, "grant_type");
	check_refused("grant_type=", E_INVALID, "grant_type");
	check_refused("grant_type=authorization_code", E_GRANT_TYPE, "grant_type");
	check_refused(EXCHANGE, E_INVALID, "subject_token");
	check_refused(EXCHANGE "&subject_token=x", E_INVALID, "subject_token_type");
	check_refused(EXCHANGE "&subject_token=x&subject_token_type=saml2", E_INVALID, "subject_token_type");
	check_refused(EXCHANGE "&subject_token=x&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"
			       "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Arefresh_token",
		      E_INVALID, "requested_token_type");
	check_refused(EXCHANGE "&subject_token=x&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"
			       "&actor_token=y",
		      E_INVALID, "actor_token");
	check_refused("grant_type=client_credentials&expires_in=0", E_INVALID, "expires_in");
	check_refused("grant_type=client_credentials&expires_in=-1", E_INVALID, "expires_in");
	check_refused("grant_type=client_credentials&expires_in=1e3", E_INVALID, "expires_in");
}

TEST(what_is_asked_is_read_and_the_unknown_ignored)
{
	struct oauth_token_request request;
	struct fault why = {0};
	CHECK_OK(read_request(EXCHANGE "&subject_token=s&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3A"
				       "access_token&scope=fs.read+web.*&purpose=p&task_id=&expires_in=60&new=1",
			      &request, &why),
		 why);
	CHECK(request.grant == OAUTH_TOKEN_EXCHANGE && request.subject == OAUTH_SUBJECT_ACCESS_TOKEN);
	CHECK_SLICE(request.client_assertion, SLICE("a.b.c"));
	CHECK_SLICE(request.subject_token, SLICE("s"));
	CHECK_SLICE(request.scope, SLICE("fs.read web.*"));
	CHECK_SLICE(request.purpose, SLICE("p"));
	CHECK_SLICE(request.task_id, SLICE(""));
	CHECK_INT(request.expires_in_s, 60);
	arena_free(&arena);
}

TEST(other_bodies_are_refused)
{
	static char large[OAUTH_BODY_BYTES_MAX + 1];
	struct form form;
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(oauth_form_read(&form, SLICE("application/json"), SLICE("{}"), &arena, NULL), E_MEDIA_TYPE);
	CHECK_ERROR(oauth_form_read(&form, SLICE(""), SLICE(""), &arena, NULL), E_MEDIA_TYPE);
	CHECK_ERROR(oauth_form_read(&form, FORM, slice_from(large, sizeof(large)), &arena, NULL), E_LIMIT);
	CHECK_ERROR(oauth_form_read(&form, FORM, SLICE("a=%zz"), &arena, NULL), E_SYNTAX);
	arena_free(&arena);
}

static void check_document(struct buffer *text, const char *name, slice value)
{
	struct json_doc doc;
	slice got;
	struct fault why = {0};
	arena_init(&arena, 1 << 20);
	CHECK_OK(json_parse(&doc, buffer_slice(text), NULL, &arena, &why), why);
	CHECK(json_string(json_get(&doc, json_root(&doc), slice_of(name)), &got));
	CHECK_SLICE(got, value);
	arena_free(&arena);
	buffer_free(text);
}

TEST(the_documents_name_issuer_and_resource_byte_for_byte)
{
	struct buffer text;
	buffer_init(&text, 1 << 16);
	oauth_server_metadata_write(&text, ISSUER);
	check_document(&text, "issuer", ISSUER);
	buffer_init(&text, 1 << 16);
	oauth_resource_metadata_write(&text, ISSUER, SLICE("/mcp/fs"));
	check_document(&text, "resource", SLICE("http://127.0.0.1:7475/mcp/fs"));
	buffer_init(&text, 1 << 16);
	oauth_error_write(&text, "invalid_scope", SLICE("a \"b\""));
	check_document(&text, "error_description", SLICE("a \"b\""));
	buffer_init(&text, 10);
	oauth_server_metadata_write(&text, ISSUER);
	CHECK(text.failed);
	buffer_free(&text);
}
