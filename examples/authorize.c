/* The smallest whole use of libtipstaff: cc authorize.c $(pkg-config --cflags --libs libtipstaff) */
#include <tipstaff/tipstaff.h>

#include <stdio.h>
#include <string.h>

#define TEXT(literal) ((struct tip_text){literal, sizeof(literal) - 1})

static const char policies[] =
	"@id(\"team reads\") permit (principal in Team::\"support\", action == Action::\"read\", resource)\n"
	"when { context.purpose == \"ticket\" };\n"
	"forbid (principal, action, resource) when { resource.secret };\n"
	"permit (principal == ?principal, action, resource == ?resource) unless { resource.secret };\n";

static const char entities[] =
	"[{\"uid\": {\"type\": \"Agent\", \"id\": \"bot\"}, \"attrs\": {},"
	"  \"parents\": [{\"type\": \"Team\", \"id\": \"support\"}]},"
	" {\"uid\": {\"type\": \"File\", \"id\": \"faq\"}, \"attrs\": {\"secret\": false}, \"parents\": []},"
	" {\"uid\": {\"type\": \"File\", \"id\": \"salaries\"}, \"attrs\": {\"secret\": true}, \"parents\": []}]";

static int complain(const struct tip_error *error)
{
	fprintf(stderr, "%s:%u:%u: %s (%s)\n", error->source, error->line, error->column, error->sentence,
		tip_code_name(error->code));
	return 1;
}

static struct tip_request request_for(struct tip_text file)
{
	struct tip_request request = TIP_REQUEST_INIT;
	request.principal_type = TEXT("Agent");
	request.principal_id = TEXT("bot");
	request.action_type = TEXT("Action");
	request.action_id = TEXT("read");
	request.resource_type = TEXT("File");
	request.resource_id = file;
	request.context = TEXT("{\"purpose\": \"ticket\"}");
	return request;
}

static int ask(const struct tip_policyset *set, const struct tip_entities *store, struct tip_text file)
{
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_result *result;
	struct tip_request request = request_for(file);
	if (tip_authorize(set, store, &request, &result, &error) != TIP_OK)
		return complain(&error);
	printf("%.*s: %s", (int)file.len, file.ptr, tip_result_decision(result) == TIP_ALLOW ? "allow" : "deny");
	for (size_t i = 0; i < tip_result_reason_count(result); i++) {
		struct tip_text id = tip_result_reason(result, i);
		printf(" by %.*s", (int)id.len, id.ptr);
	}
	printf("\n");
	tip_result_free(result);
	return 0;
}

/* The same question the other way round: which files? */
static int list(const struct tip_policyset *set, const struct tip_entities *store)
{
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_world world = TIP_WORLD_INIT;
	struct tip_found *found;
	struct tip_request request = request_for((struct tip_text){NULL, 0});
	request.flags = TIP_UNKNOWN_RESOURCE;
	world.sets = &set;
	world.stores = &store;
	world.set_count = world.store_count = 1;
	if (tip_search(&world, &request, NULL, &found, &error) != TIP_OK)
		return complain(&error);
	printf("may be read:");
	for (size_t i = 0; i < tip_found_count(found); i++) {
		struct tip_text id = tip_found_id(found, i);
		printf(" %.*s", (int)id.len, id.ptr);
	}
	printf("\n");
	tip_found_free(found);
	return 0;
}

int main(void)
{
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	struct tip_link link = {.template_id = TEXT("policy2"), .id = TEXT("for bot"), .principal_type = TEXT("Agent"),
				.principal_id = TEXT("bot"), .resource_type = TEXT("File"), .resource_id = TEXT("faq")};
	struct tip_policyset *set = NULL;
	struct tip_entities *world = NULL;
	int status;
	options.name = TEXT("example.cedar");
	options.links = &link;
	options.link_count = 1;
	if (tip_policyset_parse(policies, strlen(policies), &options, &set, &error) != TIP_OK ||
	    tip_entities_parse_json(entities, strlen(entities), NULL, &world, &error) != TIP_OK)
		status = complain(&error);
	else
		status = ask(set, world, TEXT("faq")) || ask(set, world, TEXT("salaries")) || list(set, world);
	tip_entities_free(world);
	tip_policyset_free(set);
	return status;
}
