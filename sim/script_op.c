/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_op.c - the vocabulary: every operation, its arguments, and what it
 * does for a user program or a kernel user of VFIO.
 */
#include "script_internal.h"

#include <string.h>

#define BEGIN "_begin"

/* -------------------------------------------------------------------- files */

/* A descriptor is no return value of the operation. */
static long opened(struct script_task *task, int fd)
{
	if (fd < 0)
		return fd;
	sim_script_return(task, "fd", fd);
	return 0;
}

/* The node is found without a lock, as a path is. */
static long group_open(struct script *script, struct script_task *task)
{
	const char *name = script_text(task, 0);
	struct inspect_vfio_group view;
	int id = -1;
	unsigned i;

	for (i = 0; i < script->nr_iommu_groups; i++)
		if (strcmp(script->labels[script->iommu_groups[i].label],
			   name) == 0)
			id = script->iommu_groups[i].id;
	for (i = 0; inspect_vfio_group(i, &view); i++)
		if (view.node_id == id)
			return opened(task, vfio_group_open(view.minor));
	return -ENOENT;
}

static long container_open(struct script *script, struct script_task *task)
{
	long ret = opened(task, vfio_container_open());
	struct script_container *entry;

	if (ret)
		return ret;
	entry = &script->containers[script->nr_containers];
	entry->fd = (int)task->values[0].value;
	entry->container = inspect_file_container(fd_peek(entry->fd));
	sim_script_return(task, "container", script->nr_containers++);
	return 0;
}

static long close_file(struct script *script, struct script_task *task)
{
	(void)script;
	return sys_close(script_number(task, 0));
}

/* ------------------------------------------------------------------- ioctls */

static long set_container(struct script *script, struct script_task *task)
{
	int container_fd = script_number(task, 1);

	(void)script;
	return sys_ioctl(script_number(task, 0), VFIO_GROUP_SET_CONTAINER,
			 (unsigned long)&container_fd);
}

static long unset_container(struct script *script, struct script_task *task)
{
	(void)script;
	return sys_ioctl(script_number(task, 0), VFIO_GROUP_UNSET_CONTAINER, 0);
}

static long set_iommu(struct script *script, struct script_task *task)
{
	(void)script;
	return sys_ioctl(script_number(task, 0), VFIO_SET_IOMMU,
			 (unsigned long)script_number(task, 1));
}

static long check_extension(struct script *script, struct script_task *task)
{
	(void)script;
	return sys_ioctl(script_number(task, 0), VFIO_CHECK_EXTENSION,
			 (unsigned long)script_number(task, 1));
}

static long group_status(struct script *script, struct script_task *task)
{
	struct vfio_group_status status = {
		.argsz = (uint32_t)script_number(task, 1),
	};
	long ret = sys_ioctl(script_number(task, 0), VFIO_GROUP_GET_STATUS,
			     (unsigned long)&status);
	uint32_t flags = status.flags;

	(void)script;
	if (ret)
		return ret;
	sim_script_return(task, "viable", !!(flags & VFIO_GROUP_FLAGS_VIABLE));
	sim_script_return(task, "container_set",
			  !!(flags & VFIO_GROUP_FLAGS_CONTAINER_SET));
	return 0;
}

static long get_device_fd(struct script *script, struct script_task *task)
{
	long fd = sys_ioctl(script_number(task, 0), VFIO_GROUP_GET_DEVICE_FD,
			    (unsigned long)script_text(task, 1));

	(void)script;
	return opened(task, (int)fd);
}

/* ----------------------------------------------------------- external users */

static long external_get(struct script *script, struct script_task *task)
{
	struct file *filep = fget(script_number(task, 0));
	struct vfio_group *group;
	struct script_ext *ext;

	if (!filep)
		return -EBADF;
	group = vfio_group_get_external_user(filep);
	fput(filep);
	if (IS_ERR(group))
		return PTR_ERR(group);
	ext = &script->ext[++script->nr_ext];
	ext->group = group;
	sim_script_return(task, "ext", script->nr_ext);
	return 0;
}

/* The external user behind a handle, or NULL. */
static struct script_ext *find_ext(struct script *script,
				   struct script_task *task)
{
	long handle = task->op.args[0].number;

	if (handle < 1 || handle > (long)script->nr_ext)
		return NULL;
	return script->ext[handle].group ? &script->ext[handle] : NULL;
}

static long external_put(struct script *script, struct script_task *task)
{
	struct script_ext *ext = find_ext(script, task);
	struct vfio_group *group;

	if (!ext)
		return -EBADF;
	group = ext->group;
	ext->group = NULL;
	vfio_group_put_external_user(group);
	return 0;
}

static long external_iommu_id(struct script *script, struct script_task *task)
{
	struct script_ext *ext = find_ext(script, task);

	if (!ext)
		return -EBADF;
	sim_script_return(task, "id", vfio_external_user_iommu_id(ext->group));
	return 0;
}

static long external_check_extension(struct script *script,
				     struct script_task *task)
{
	struct script_ext *ext = find_ext(script, task);

	if (!ext)
		return -EBADF;
	return vfio_external_check_extension(
		ext->group, (unsigned long)script_number(task, 1));
}

/* ------------------------------------------------------ references on devices */

static bool bound_to_vfio(const struct script_device *device)
{
	struct device_driver *drv = PEEK_ONCE(device->dev->driver);

	return drv && container_of(drv, struct script_driver, drv)->kind->vfio;
}

static long device_ref_get(struct script *script, struct script_task *task)
{
	struct script_device *device =
		sim_script_find_device(script, script_text(task, 0));
	struct vfio_device *vdev;
	struct script_ref *ref;

	if (!device || !bound_to_vfio(device))
		return -ENODEV;
	vdev = vfio_device_get_from_dev(device->dev);
	ref = &script->refs[++script->nr_refs];
	ref->device = vdev;
	ref->dev = device->name;
	sim_script_return(task, "ref", script->nr_refs);
	return 0;
}

static long device_ref_put(struct script *script, struct script_task *task)
{
	long handle = task->op.args[0].number;
	struct vfio_device *vdev;

	if (handle < 1 || handle > (long)script->nr_refs ||
	    !script->refs[handle].device)
		return -EBADF;
	vdev = script->refs[handle].device;
	script->refs[handle].device = NULL;
	vfio_device_put(vdev);
	return 0;
}

/* --------------------------------------------------------- virtual machines */

static struct script_kvm *find_kvm(struct script *script,
				   struct script_task *task)
{
	const char *name = script_text(task, 0);
	unsigned i;

	for (i = 0; i < script->nr_kvms; i++)
		if (!script->kvms[i].destroyed &&
		    strcmp(script->kvms[i].name, name) == 0)
			return &script->kvms[i];
	return NULL;
}

static long kvm_create(struct script *script, struct script_task *task)
{
	struct script_kvm *entry;
	struct kvm *kvm;
	int ret;

	if (find_kvm(script, task))
		return -EEXIST;
	kvm = kvm_create_vm();
	if (IS_ERR(kvm))
		return PTR_ERR(kvm);
	ret = kvm_create_vfio_device(kvm);
	if (ret) {
		kvm_put_kvm(kvm);
		return ret;
	}
	entry = &script->kvms[script->nr_kvms++];
	snprintf(entry->name, sizeof(entry->name), "%s", script_text(task, 0));
	entry->kvm = kvm;
	return 0;
}

static long kvm_vfio_create(struct script *script, struct script_task *task)
{
	struct script_kvm *entry = find_kvm(script, task);

	return entry ? kvm_create_vfio_device(entry->kvm) : -ENOENT;
}

static long kvm_destroy(struct script *script, struct script_task *task)
{
	struct script_kvm *entry = find_kvm(script, task);
	struct inspect_kvm view;

	if (!entry)
		return -ENOENT;
	/* A running ioctl keeps the machine until it ends. */
	if (inspect_kvm(entry->kvm, &view) && view.users > 1)
		sim_script_return(task, "deferred", 1);
	entry->destroyed = true;
	kvm_put_kvm(entry->kvm);
	return 0;
}

static long kvm_group(struct script *script, struct script_task *task,
		      uint64_t what)
{
	struct script_kvm *entry = find_kvm(script, task);
	const int32_t fd = script_number(task, 1);
	const struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = what,
		.addr = &fd,
	};

	return entry ? kvm_device_set_attr(entry->kvm, &attr) : -ENOENT;
}

static long kvm_group_add(struct script *script, struct script_task *task)
{
	return kvm_group(script, task, KVM_DEV_VFIO_GROUP_ADD);
}

static long kvm_group_del(struct script *script, struct script_task *task)
{
	return kvm_group(script, task, KVM_DEV_VFIO_GROUP_DEL);
}

/* ------------------------------------------------------- failures and times */

static long alloc_fail(struct script *script, struct script_task *task)
{
	const char *name = script_text(task, 1);
	int site = name ? sim_script_site_find(name) : SCRIPT_ANY_SITE;

	if (name && site < 0)
		return site;
	return sim_script_alloc_fail(script, site,
				     (unsigned)script_number(task, 0));
}

static long inject(struct script *script, struct script_task *task)
{
	(void)script;
	return vfio_inject(script_text(task, 0),
			   (unsigned)script_number(task, 1),
			   script_number(task, 2));
}

static long iommu_coherent(struct script *script, struct script_task *task)
{
	script->coherent = script_number(task, 0);
	return 0;
}

/* End sleeps of all others in a way that they allow. */
static void interrupt_sleeps(struct script *script, enum sched_sleep how)
{
	unsigned id;

	for (id = 1; id <= script->nr_tasks; id++) {
		script->tasks[id].interrupt = script->tasks[id].slept != 0;
		script->tasks[id].interrupt_as = how;
	}
}

static long tick(struct script *script, struct script_task *task)
{
	(void)task;
	interrupt_sleeps(script, SCHED_EXPIRED);
	return 0;
}

static long send_signal(struct script *script, struct script_task *task)
{
	(void)task;
	interrupt_sleeps(script, SCHED_SIGNALLED);
	return 0;
}

/* --------------------------------------------------------------- vocabulary */

#define TEXT(name)                              \
	{                                       \
		(name), SCRIPT_STRING, false, 0 \
	}
#define TEXT_OPTIONAL(name)                    \
	{                                      \
		(name), SCRIPT_STRING, true, 0 \
	}
#define NUMBER(name)                            \
	{                                       \
		(name), SCRIPT_NUMBER, false, 0 \
	}
#define NUMBER_OPTIONAL(name, preset)                 \
	{                                             \
		(name), SCRIPT_NUMBER, true, (preset) \
	}

static const struct script_op_type types[] = {
	{ "driver_register",
	  { TEXT("name"), TEXT("kind") },
	  sim_script_driver_register,
	  NULL },
	{ "driver_unregister",
	  { TEXT("name") },
	  sim_script_driver_unregister,
	  NULL },
	{ "device_add",
	  { TEXT("dev"), TEXT_OPTIONAL("group"), NUMBER_OPTIONAL("bridge", 0),
	    NUMBER_OPTIONAL("reuse", 0) },
	  sim_script_device_add,
	  NULL },
	{ "device_del",
	  { TEXT("dev"), NUMBER_OPTIONAL("keep", 0) },
	  sim_script_device_del,
	  "remove_exit" },
	{ "bind", { TEXT("dev"), TEXT("drv") }, sim_script_bind, "probe_exit" },
	{ "unbind",
	  { TEXT("dev"), TEXT_OPTIONAL("drv") },
	  sim_script_unbind,
	  "remove_exit" },
	{ "group_open", { TEXT("group") }, group_open, NULL },
	{ "container_open",
	  { { NULL, SCRIPT_STRING, false, 0 } },
	  container_open,
	  NULL },
	{ "group_close", { NUMBER("fd") }, close_file, NULL },
	{ "container_close", { NUMBER("fd") }, close_file, NULL },
	{ "device_close", { NUMBER("fd") }, close_file, NULL },
	{ "set_container",
	  { NUMBER("group_fd"), NUMBER("container_fd") },
	  set_container,
	  NULL },
	{ "unset_container", { NUMBER("group_fd") }, unset_container, NULL },
	{ "set_iommu",
	  { NUMBER("container_fd"), NUMBER_OPTIONAL("type", 1) },
	  set_iommu,
	  NULL },
	{ "check_extension",
	  { NUMBER("container_fd"), NUMBER("ext") },
	  check_extension,
	  NULL },
	{ "group_status",
	  { NUMBER("group_fd"), NUMBER_OPTIONAL("argsz", 8) },
	  group_status,
	  NULL },
	{ "get_device_fd",
	  { NUMBER("group_fd"), TEXT("dev") },
	  get_device_fd,
	  NULL },
	{ "external_get", { NUMBER("group_fd") }, external_get, NULL },
	{ "external_put", { NUMBER("ext") }, external_put, NULL },
	{ "external_iommu_id", { NUMBER("ext") }, external_iommu_id, NULL },
	{ "external_check_extension",
	  { NUMBER("ext"), NUMBER("arg") },
	  external_check_extension,
	  NULL },
	{ "device_ref_get", { TEXT("dev") }, device_ref_get, NULL },
	{ "device_ref_put", { NUMBER("ref") }, device_ref_put, NULL },
	{ "kvm_create", { TEXT("kvm") }, kvm_create, NULL },
	{ "kvm_vfio_create", { TEXT("kvm") }, kvm_vfio_create, NULL },
	{ "kvm_destroy", { TEXT("kvm") }, kvm_destroy, NULL },
	{ "kvm_group_add",
	  { TEXT("kvm"), NUMBER("group_fd") },
	  kvm_group_add,
	  NULL },
	{ "kvm_group_del",
	  { TEXT("kvm"), NUMBER("group_fd") },
	  kvm_group_del,
	  NULL },
	{ "alloc_fail",
	  { NUMBER("nth"), TEXT_OPTIONAL("site") },
	  alloc_fail,
	  NULL },
	{ "inject",
	  { TEXT("what"), NUMBER("nth"), NUMBER("err") },
	  inject,
	  NULL },
	{ "iommu_coherent", { NUMBER("val") }, iommu_coherent, NULL },
	{ "tick", { { NULL, SCRIPT_STRING, false, 0 } }, tick, NULL },
	{ "signal", { { NULL, SCRIPT_STRING, false, 0 } }, send_signal, NULL },
	/* Let a phased operation go on. */
	{ "finish", { NUMBER("of") }, NULL, NULL },
	{ "unbind_finish", { TEXT("dev") }, NULL, NULL },
	{ "bind_finish", { TEXT("dev") }, NULL, NULL },
	{ "device_del_finish", { TEXT("dev") }, NULL, NULL },
};

#define TYPES_NR (sizeof(types) / sizeof(types[0]))

const struct script_op_type *sim_script_op_type(unsigned nth)
{
	return nth < TYPES_NR ? &types[nth] : NULL;
}

static const struct script_op_type *find_type(const char *name, size_t size)
{
	unsigned i;

	for (i = 0; i < TYPES_NR; i++)
		if (strlen(types[i].name) == size &&
		    memcmp(types[i].name, name, size) == 0)
			return &types[i];
	return NULL;
}

int sim_script_op_init(struct script_op *op, const char *name, char *error)
{
	size_t size = strlen(name), tail = strlen(BEGIN);
	const struct script_op_type *type = find_type(name, size);
	unsigned i;

	memset(op, 0, sizeof(*op));
	if (!type && size > tail && strcmp(name + size - tail, BEGIN) == 0) {
		type = find_type(name, size - tail);
		op->begin = true;
	}
	if (!type || (op->begin && !type->run)) {
		snprintf(error, SIM_TEXT_MAX, "there is no operation \"%s\"",
			 name);
		return -EINVAL;
	}
	op->type = type;
	for (i = 0; type->args[i].name; i++)
		op->args[i].number = type->args[i].preset;
	if (op->begin && type->at)
		snprintf(op->at, sizeof(op->at), "%s", type->at);
	return 0;
}

const char *sim_script_op_name(const struct script_op *op, char *buf,
			       size_t size)
{
	snprintf(buf, size, "%s%s", op->type->name, op->begin ? BEGIN : "");
	return buf;
}

/* ---------------------------------------------------------------- arguments */

static int refuse(const struct script_op *op, const char *name, const char *why,
		  char *error)
{
	char buf[SCRIPT_TEXT_MAX];

	snprintf(error, SIM_TEXT_MAX, "argument \"%s\" of %s: %s", name,
		 sim_script_op_name(op, buf, sizeof(buf)), why);
	return -EINVAL;
}

static struct script_value *find_arg(struct script_op *op, const char *name,
				     enum script_arg_kind kind, char *error)
{
	unsigned i;

	for (i = 0; op->type->args[i].name; i++) {
		if (strcmp(op->type->args[i].name, name) != 0)
			continue;
		if (op->type->args[i].kind == kind)
			return &op->args[i];
		refuse(op, name,
		       kind == SCRIPT_STRING ?
			       "expected a number, found a string" :
			       "expected a string, found a number",
		       error);
		return NULL;
	}
	refuse(op, name, "there is no such argument", error);
	return NULL;
}

static int set_at(struct script_op *op, const char *text, char *error)
{
	struct script_point point;
	int ret = sim_script_point_parse(text, &point, error);

	if (ret)
		return ret;
	snprintf(op->at, sizeof(op->at), "%s", text);
	return 0;
}

int sim_script_op_set_text(struct script_op *op, const char *name,
			   const char *text, char *error)
{
	struct script_value *value;

	if (op->begin && strcmp(name, "at") == 0)
		return set_at(op, text, error);
	value = find_arg(op, name, SCRIPT_STRING, error);
	if (!value)
		return -EINVAL;
	if (strlen(text) >= sizeof(value->text))
		return refuse(op, name, "expected at most 31 characters",
			      error);
	snprintf(value->text, sizeof(value->text), "%s", text);
	value->given = true;
	return 0;
}

int sim_script_op_set_number(struct script_op *op, const char *name,
			     long number, char *error)
{
	struct script_value *value = find_arg(op, name, SCRIPT_NUMBER, error);

	if (!value)
		return -EINVAL;
	if (number != (int)number)
		return refuse(op, name, "the number is too large", error);
	value->number = number;
	value->given = true;
	return 0;
}

int sim_script_op_check(const struct script_op *op, char *error)
{
	const struct script_arg_type *args = op->type->args;
	unsigned i;

	for (i = 0; args[i].name; i++)
		if (!args[i].optional && !op->args[i].given)
			return refuse(op, args[i].name, "missing", error);
	if (op->begin && !op->at[0])
		return refuse(op, "at", "missing", error);
	return 0;
}
