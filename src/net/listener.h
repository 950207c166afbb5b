/* Listening sockets: opened by the supervisor (or a test), handed to a loop's server as a descriptor. */
#ifndef TIPSTAFF_NET_LISTENER_H
#define TIPSTAFF_NET_LISTENER_H

#include "base/error.h"
#include "base/slice.h"

#define LISTENER_BACKLOG 1024

/*
 * A non-blocking, close-on-exec TCP socket that listens on a numeric IPv4 or IPv6 address ("127.0.0.1", "::1",
 * "[::1]"). Port 0 takes a free one: see listener_port. With `shared_port` several loops may each open one for the
 * same address and the kernel spreads connections over them (SO_REUSEPORT).
 * E_INVALID: not a numeric address.  E_IO: the sentence says what the system said.
 */
MUST_USE enum error listener_open(slice address, uint16_t port, bool shared_port, int *ret_fd, struct fault *why);
/* The port it listens on; 0 on failure. */
uint16_t listener_port(int fd);
/* Is this numeric address one that only this machine can reach (127.0.0.0/8, ::1)? False where it is no address. */
bool listener_is_loopback(slice address);
void listener_close(int fd);

#endif
