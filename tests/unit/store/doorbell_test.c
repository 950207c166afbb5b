#include "store/doorbell.h"

#include "check.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ROUNDS 2000u

struct game {
	struct doorbell bell;
	_Atomic unsigned work;
	_Atomic unsigned done;
};

static void *worker(void *context)
{
	struct game *game = context;
	while (atomic_load(&game->done) < ROUNDS) {
		doorbell_doze(&game->bell);
		uint32_t seen = doorbell_seen(&game->bell);
		if (atomic_load(&game->work) == atomic_load(&game->done))
			doorbell_wait(&game->bell, seen, 2000);
		doorbell_awake(&game->bell);
		while (atomic_load(&game->done) < atomic_load(&game->work))
			atomic_fetch_add(&game->done, 1);
	}
	return NULL;
}

TEST(no_ring_is_ever_missed)
{
	static struct game game;
	pthread_t thread;
	CHECK_INT(pthread_create(&thread, NULL, worker, &game), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		atomic_fetch_add(&game.work, 1);
		doorbell_ring(&game.bell);
		/* A lost ring would show as a wait of two seconds each. */
		for (unsigned patience = 0; atomic_load(&game.done) <= i && patience < 1000000; patience++)
			__builtin_ia32_pause();
	}
	pthread_join(thread, NULL);
	CHECK_INT(atomic_load(&game.done), ROUNDS);
}

TEST(an_eventfd_is_written_only_for_one_that_dozes_and_only_once)
{
	struct doorbell bell = {0};
	int file = eventfd(0, EFD_NONBLOCK);
	uint64_t count;
	doorbell_ring_eventfd(&bell, file);
	CHECK(read(file, &count, sizeof(count)) < 0);
	doorbell_doze(&bell);
	doorbell_ring_eventfd(&bell, file);
	doorbell_ring_eventfd(&bell, file);
	CHECK(read(file, &count, sizeof(count)) == sizeof(count));
	CHECK_INT(count, 1);
	doorbell_ring_eventfd(&bell, -1);
	close(file);
}
