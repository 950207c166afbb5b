#include "net/listener.h"

#include "check.h"

TEST(a_free_port_is_found_and_told)
{
	int first, second, third;
	struct fault why = {0};
	CHECK_OK(listener_open(SLICE("127.0.0.1"), 0, true, &first, &why), why);
	uint16_t port = listener_port(first);
	CHECK(port != 0);
	CHECK_OK(listener_open(SLICE("127.0.0.1"), port, true, &second, &why), why);
	CHECK_ERROR(listener_open(SLICE("127.0.0.1"), port, false, &third, &why), E_IO);
	CHECK_INT(listener_port(second), port);
	listener_close(first);
	listener_close(second);
	CHECK_INT(listener_port(-1), 0);
}

TEST(only_numeric_addresses_are_taken)
{
	int fd;
	CHECK_ERROR(listener_open(SLICE("localhost"), 0, false, &fd, NULL), E_INVALID);
	CHECK_ERROR(listener_open(SLICE(""), 0, false, &fd, NULL), E_INVALID);
	CHECK_ERROR(listener_open(SLICE("127.0.0.1\0"), 0, false, &fd, NULL), E_INVALID);
	CHECK_ERROR(listener_open(SLICE("203.0.113.7"), 0, false, &fd, NULL), E_IO);
}

TEST(loopback_is_known)
{
	CHECK(listener_is_loopback(SLICE("127.0.0.1")));
	CHECK(listener_is_loopback(SLICE("127.8.9.1")));
	CHECK(listener_is_loopback(SLICE("::1")));
	CHECK(listener_is_loopback(SLICE("[::1]")));
	CHECK(!listener_is_loopback(SLICE("0.0.0.0")));
	CHECK(!listener_is_loopback(SLICE("::")));
	CHECK(!listener_is_loopback(SLICE("localhost")));
}
