#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Length of the address; 0 where the text is none. */
static socklen_t address_read(slice text, uint16_t port, union address *ret_address)
{
	char name[INET6_ADDRSTRLEN];
	if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		text = slice_sub(text, 1, text.len - 1);
	if (text.len == 0 || text.len >= sizeof(name) || slice_find_byte(text, '\0', 0) != SIZE_MAX)
		return 0;
	memcpy(name, text.ptr, text.len);
	name[text.len] = '\0';
	memset(ret_address, 0, sizeof(*ret_address));
	if (inet_pton(AF_INET, name, &ret_address->v4.sin_addr) == 1) {
		ret_address->v4.sin_family = AF_INET;
		ret_address->v4.sin_port = htons(port);
		return sizeof(ret_address->v4);
	}
	if (inet_pton(AF_INET6, name, &ret_address->v6.sin6_addr) == 1) {
		ret_address->v6.sin6_family = AF_INET6;
		ret_address->v6.sin6_port = htons(port);
		return sizeof(ret_address->v6);
	}
	return 0;
}

static int listening_socket(const union address *address, socklen_t length, bool shared_port)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	if (fd < 0)
		return -1;
	/* Accepted sockets inherit TCP_NODELAY, which saves a call for each. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (!shared_port || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0) &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    bind(fd, &address->any, length) == 0 && listen(fd, LISTENER_BACKLOG) == 0)
		return fd;
	int failed = errno;
	close(fd);
	errno = failed;
	return -1;
}

enum error listener_open(slice address, uint16_t port, bool shared_port, int *ret_fd, struct fault *why)
{
	union address where;
	socklen_t length = address_read(address, port, &where);
	if (length == 0)
		return FAIL(why, E_INVALID, "\"%.*s\" is not a numeric address", SLICE_ARG(address));
	int fd = listening_socket(&where, length, shared_port);
	if (fd < 0)
		return FAIL(why, E_IO, "cannot listen on %.*s:%u: %s", SLICE_ARG(address), port, uv_strerror(-errno));
	*ret_fd = fd;
	return E_OK;
}

uint16_t listener_port(int fd)
{
	union address where;
	socklen_t length = sizeof(where);
	if (getsockname(fd, &where.any, &length) != 0)
		return 0;
	return ntohs(where.any.sa_family == AF_INET6 ? where.v6.sin6_port : where.v4.sin_port);
}

bool listener_is_loopback(slice address)
{
	union address where;
	if (address_read(address, 0, &where) == 0)
		return false;
	if (where.any.sa_family == AF_INET)
		return ntohl(where.v4.sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&where.v6.sin6_addr);
}

void listener_close(int fd)
{
	if (fd >= 0)
		close(fd);
}
