#include "store/registry_service.h"

#include "check.h"

TEST(policies_are_cedar_and_hold_something)
{
	struct fault why;
	CHECK_OK(registry_service_check_policy(SLICE("p"), SLICE("permit(principal, action, resource);"), &why), why);
	CHECK_ERROR(registry_service_check_policy(SLICE("p"), SLICE("permit(principal, action);"), &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), SLICE("text"));
	CHECK(slice_starts_with(slice_of(why.sentence), SLICE("p:1:")));
	CHECK_ERROR(registry_service_check_policy(SLICE("p"), SLICE("// nothing"), &why), E_INVALID);
}
