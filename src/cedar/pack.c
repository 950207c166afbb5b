#include "cedar/pack.h"

#include <string.h>

static size_t rounded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

void pack_size_value(struct pack_size *size, struct cedar_value value)
{
	switch ((enum cedar_kind)value.kind) {
	case CEDAR_STRING:
		size->text += value.length;
		break;
	case CEDAR_ENTITY:
		size->aligned += rounded(sizeof(struct cedar_uid));
		size->text += value.as.uid->type.len + value.as.uid->id.len;
		break;
	case CEDAR_SET:
		size->aligned += value.length * sizeof(struct cedar_value);
		for (uint32_t i = 0; i < value.length; i++)
			pack_size_value(size, value.as.items[i]);
		break;
	case CEDAR_RECORD:
		size->aligned += value.length * sizeof(struct cedar_field);
		for (uint32_t i = 0; i < value.length; i++) {
			size->text += value.as.fields[i].key.len;
			pack_size_value(size, value.as.fields[i].value);
		}
		break;
	case CEDAR_IP:
		size->aligned += rounded(sizeof(struct cedar_ip));
		break;
	case CEDAR_NONE:
	case CEDAR_BOOL:
	case CEDAR_LONG:
	case CEDAR_DECIMAL:
	case CEDAR_DATETIME:
	case CEDAR_DURATION:
	case CEDAR_UNKNOWN:
	case CEDAR_KIND_COUNT:
		break;
	}
}

static void *take(struct packer *packer, size_t size)
{
	void *at = packer->aligned;
	packer->aligned += rounded(size);
	return at;
}

slice pack_text(struct packer *packer, slice text)
{
	char *at = packer->text;
	if (text.len)
		memcpy(at, text.ptr, text.len);
	packer->text += text.len;
	return (slice){at, text.len};
}

static const struct cedar_uid *pack_uid(struct packer *packer, const struct cedar_uid *uid)
{
	struct cedar_uid *copy = take(packer, sizeof(*copy));
	*copy = *uid;
	copy->type = pack_text(packer, uid->type);
	copy->id = pack_text(packer, uid->id);
	return copy;
}

static const struct cedar_value *pack_items(struct packer *packer, struct cedar_value set)
{
	struct cedar_value *items = take(packer, set.length * sizeof(*items));
	for (uint32_t i = 0; i < set.length; i++)
		items[i] = pack_value(packer, set.as.items[i]);
	return items;
}

static const struct cedar_field *pack_fields(struct packer *packer, struct cedar_value record)
{
	struct cedar_field *fields = take(packer, record.length * sizeof(*fields));
	for (uint32_t i = 0; i < record.length; i++) {
		fields[i].key = pack_text(packer, record.as.fields[i].key);
		fields[i].value = pack_value(packer, record.as.fields[i].value);
	}
	return fields;
}

static const struct cedar_ip *pack_ip(struct packer *packer, const struct cedar_ip *ip)
{
	struct cedar_ip *copy = take(packer, sizeof(*copy));
	*copy = *ip;
	return copy;
}

struct cedar_value pack_value(struct packer *packer, struct cedar_value value)
{
	switch ((enum cedar_kind)value.kind) {
	case CEDAR_STRING:
		value.as.text = pack_text(packer, cedar_text(value)).ptr;
		break;
	case CEDAR_ENTITY:
		value.as.uid = pack_uid(packer, value.as.uid);
		break;
	case CEDAR_SET:
		value.as.items = pack_items(packer, value);
		break;
	case CEDAR_RECORD:
		value.as.fields = pack_fields(packer, value);
		break;
	case CEDAR_IP:
		value.as.ip = pack_ip(packer, value.as.ip);
		break;
	case CEDAR_NONE:
	case CEDAR_BOOL:
	case CEDAR_LONG:
	case CEDAR_DECIMAL:
	case CEDAR_DATETIME:
	case CEDAR_DURATION:
	case CEDAR_UNKNOWN:
	case CEDAR_KIND_COUNT:
		break;
	}
	return value;
}
