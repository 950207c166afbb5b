#include "api/openapi_authzen.h"

struct schema {
	const char *name;
	slice json;
};

#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define TEXT "{\"type\":\"string\"}"
#define OBJECT "{\"type\":\"object\"}"
#define QUESTION "\"subject\":" REF("authzen_entity") ",\"action\":" REF("authzen_action") ",\"resource\":" REF("authzen_entity") \
		 ",\"context\":" OBJECT

static const struct schema schemas[] = {
	{"authzen_entity", SLICE_INIT("{\"type\":\"object\",\"description\":\"A subject or resource; of what a search looks for, the "
				      "type only\",\"required\":[\"type\"],\"properties\":{\"type\":" TEXT ",\"id\":" TEXT
				      ",\"properties\":" OBJECT "}}")},
	{"authzen_action", SLICE_INIT("{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{\"name\":" TEXT
				      ",\"properties\":" OBJECT "}}")},
	{"authzen_evaluation", SLICE_INIT("{\"type\":\"object\",\"required\":[\"subject\",\"action\",\"resource\"],\"properties\":{"
					  QUESTION "}}")},
	{"authzen_evaluations", SLICE_INIT("{\"type\":\"object\",\"description\":\"Members at the top are defaults of the items\","
					   "\"properties\":{" QUESTION ",\"evaluations\":{\"type\":\"array\",\"maxItems\":256,"
					   "\"items\":" OBJECT "},\"options\":{\"type\":\"object\",\"properties\":{"
					   "\"evaluations_semantic\":{\"type\":\"string\",\"enum\":[\"execute_all\","
					   "\"deny_on_first_deny\",\"permit_on_first_permit\"]}}}}}")},
	{"authzen_search", SLICE_INIT("{\"type\":\"object\",\"description\":\"What is looked for has no id; an action is left out\","
				      "\"required\":[\"subject\",\"resource\"],\"properties\":{" QUESTION ",\"page\":{\"type\":"
				      "\"object\",\"properties\":{\"token\":" TEXT ",\"limit\":{\"type\":\"integer\",\"minimum\":0}}}}}")},
	{"authzen_decision", SLICE_INIT("{\"type\":\"object\",\"required\":[\"decision\"],\"properties\":{\"decision\":{\"type\":"
					"\"boolean\"},\"context\":" OBJECT "}}")},
	{"authzen_decisions", SLICE_INIT("{\"type\":\"object\",\"properties\":{\"evaluations\":{\"type\":\"array\",\"items\":"
					 REF("authzen_decision") "}}}")},
	{"authzen_results", SLICE_INIT("{\"type\":\"object\",\"required\":[\"page\",\"results\"],\"properties\":{\"page\":{\"type\":"
				       "\"object\",\"properties\":{\"next_token\":" TEXT ",\"count\":{\"type\":\"integer\"},"
				       "\"total\":{\"type\":\"integer\"}}},\"context\":" OBJECT ",\"results\":{\"type\":\"array\","
				       "\"items\":" OBJECT "}}}")},
};

const char *openapi_authzen_request(enum route_action action)
{
	bool searches = action == ROUTE_SEARCH_SUBJECT || action == ROUTE_SEARCH_RESOURCE || action == ROUTE_SEARCH_ACTION;
	return action == ROUTE_EVALUATION    ? "#/components/schemas/authzen_evaluation"
	       : action == ROUTE_EVALUATIONS ? "#/components/schemas/authzen_evaluations"
	       : searches		     ? "#/components/schemas/authzen_search"
					     : NULL;
}

const char *openapi_authzen_answer(enum route_action action)
{
	bool searches = action == ROUTE_SEARCH_SUBJECT || action == ROUTE_SEARCH_RESOURCE || action == ROUTE_SEARCH_ACTION;
	return action == ROUTE_EVALUATION    ? "#/components/schemas/authzen_decision"
	       : action == ROUTE_EVALUATIONS ? "#/components/schemas/authzen_decisions"
	       : searches		     ? "#/components/schemas/authzen_results"
					     : NULL;
}

void openapi_authzen_schemas(struct json_writer *writer)
{
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		json_write_key(writer, slice_of(schemas[i].name));
		json_write_raw(writer, schemas[i].json);
	}
}
