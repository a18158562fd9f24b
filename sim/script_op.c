/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_op.c - the vocabulary: every operation, its arguments, and what it
 * does for a user program or a kernel user of VFIO.
 */
#include "script_internal.h"

#include <string.h>

/* -------------------------------------------------------------------- files */

/* A descriptor is no return value of the operation. */
static long opened(struct script_task *task, int fd)
{
	if (fd < 0)
		return fd;
	sim_script_return(task, "fd", fd);
	return 0;
}

/* Tasks that race look for the node as the model itself does. */
static long open_node(struct script_task *task, int id)
{
	int minor = vfio_group_minor(id);

	return opened(task, minor < 0 ? minor : vfio_group_open(minor));
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
	if (script->joined)
		return open_node(task, id);
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

static long external_get_from_dev(struct script *script,
				  struct script_task *task)
{
	struct script_device *device =
		sim_script_find_device(script, script_text(task, 0));
	struct vfio_group *group;
	struct script_ext *ext;

	if (!device)
		return -ENODEV;
	group = vfio_group_get_external_user_from_dev(device->dev);
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

static long external_match(struct script *script, struct script_task *task)
{
	struct script_ext *ext = find_ext(script, task);
	struct file *filep = ext ? fget(script_number(task, 1)) : NULL;

	if (!filep)
		return -EBADF;
	sim_script_return(task, "match",
			  vfio_external_group_match_file(ext->group, filep));
	fput(filep);
	return 0;
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
	if (!vdev)
		return -ENODEV;
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

#define NO_ARGUMENTS                          \
	{                                     \
		NULL, SCRIPT_STRING, false, 0 \
	}

static const struct script_op_type types[] = {
	{ "driver_register",
	  sim_script_driver_register,
	  NULL,
	  { TEXT("name"), TEXT("kind") } },
	{ "driver_unregister",
	  sim_script_driver_unregister,
	  NULL,
	  { TEXT("name") } },
	{ "device_add",
	  sim_script_device_add,
	  NULL,
	  { TEXT("dev"), TEXT_OPTIONAL("group"), NUMBER_OPTIONAL("bridge", 0),
	    NUMBER_OPTIONAL("reuse", 0) } },
	{ "device_del",
	  sim_script_device_del,
	  "remove_exit",
	  { TEXT("dev"), NUMBER_OPTIONAL("keep", 0) } },
	{ "bind", sim_script_bind, "probe_exit", { TEXT("dev"), TEXT("drv") } },
	{ "unbind",
	  sim_script_unbind,
	  "remove_exit",
	  { TEXT("dev"), TEXT_OPTIONAL("drv") } },
	{ "group_open", group_open, NULL, { TEXT("group") } },
	{ "container_open", container_open, NULL, { NO_ARGUMENTS } },
	{ "group_close", close_file, NULL, { NUMBER("fd") } },
	{ "container_close", close_file, NULL, { NUMBER("fd") } },
	{ "device_close", close_file, NULL, { NUMBER("fd") } },
	{ "set_container",
	  set_container,
	  NULL,
	  { NUMBER("group_fd"), NUMBER("container_fd") } },
	{ "unset_container", unset_container, NULL, { NUMBER("group_fd") } },
	{ "set_iommu",
	  set_iommu,
	  NULL,
	  { NUMBER("container_fd"), NUMBER_OPTIONAL("type", 1) } },
	{ "check_extension",
	  check_extension,
	  NULL,
	  { NUMBER("container_fd"), NUMBER("ext") } },
	{ "group_status",
	  group_status,
	  NULL,
	  { NUMBER("group_fd"), NUMBER_OPTIONAL("argsz", 8) } },
	{ "get_device_fd",
	  get_device_fd,
	  NULL,
	  { NUMBER("group_fd"), TEXT("dev") } },
	{ "external_get", external_get, NULL, { NUMBER("group_fd") } },
	{ "external_get_from_dev",
	  external_get_from_dev,
	  NULL,
	  { TEXT("dev") } },
	{ "external_match",
	  external_match,
	  NULL,
	  { NUMBER("ext"), NUMBER("group_fd") } },
	{ "external_put", external_put, NULL, { NUMBER("ext") } },
	{ "external_iommu_id", external_iommu_id, NULL, { NUMBER("ext") } },
	{ "external_check_extension",
	  external_check_extension,
	  NULL,
	  { NUMBER("ext"), NUMBER("arg") } },
	{ "device_ref_get", device_ref_get, NULL, { TEXT("dev") } },
	{ "device_ref_put", device_ref_put, NULL, { NUMBER("ref") } },
	{ "kvm_create", kvm_create, NULL, { TEXT("kvm") } },
	{ "kvm_vfio_create", kvm_vfio_create, NULL, { TEXT("kvm") } },
	{ "kvm_destroy", kvm_destroy, NULL, { TEXT("kvm") } },
	{ "kvm_group_add",
	  kvm_group_add,
	  NULL,
	  { TEXT("kvm"), NUMBER("group_fd") } },
	{ "kvm_group_del",
	  kvm_group_del,
	  NULL,
	  { TEXT("kvm"), NUMBER("group_fd") } },
	{ "alloc_fail",
	  alloc_fail,
	  NULL,
	  { NUMBER("nth"), TEXT_OPTIONAL("site") } },
	{ "inject",
	  inject,
	  NULL,
	  { TEXT("what"), NUMBER("nth"), NUMBER("err") } },
	{ "iommu_coherent", iommu_coherent, NULL, { NUMBER("val") } },
	{ "tick", tick, NULL, { NO_ARGUMENTS } },
	{ "signal", send_signal, NULL, { NO_ARGUMENTS } },
	/* Let a phased operation go on. */
	{ "finish", NULL, NULL, { NUMBER("of") } },
	{ "unbind_finish", NULL, NULL, { TEXT("dev") } },
	{ "bind_finish", NULL, NULL, { TEXT("dev") } },
	{ "device_del_finish", NULL, NULL, { TEXT("dev") } },
};

#define TYPES_NR (sizeof(types) / sizeof(types[0]))

const struct script_op_type *sim_script_op_type(unsigned nth)
{
	return nth < TYPES_NR ? &types[nth] : NULL;
}
