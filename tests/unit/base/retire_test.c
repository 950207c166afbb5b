#include "base/retire.h"

#include "check.h"

struct thing {
	struct retired retired;
	int released;
};

static void release(struct retired *item)
{
	((struct thing *)(void *)item)->released++;
}

TEST(nothing_is_released_before_the_grace_period_and_all_of_it_once_after)
{
	struct thing things[3] = {0};
	struct retire_list list = {0}, other = {0};
	retire_add(&list, &things[0].retired, release);
	retire_add(&list, &things[1].retired, release);
	retire_add(&other, &things[2].retired, release);
	retire_move(&list, &other);
	CHECK(!other.first);
	for (int i = 0; i < 3; i++)
		CHECK_INT(things[i].released, 0);
	retire_release(&list);
	retire_release(&list);
	for (int i = 0; i < 3; i++)
		CHECK_INT(things[i].released, 1);
}
