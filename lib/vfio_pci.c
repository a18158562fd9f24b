/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_pci.c - what drivers/vfio/pci/vfio_pci.c, Linux 3.19, does at both ends
 * of a bind, and how its hot reset looks groups up.
 */
#include <vfiosim/vfio.h>

/* The state of one bound device. */
struct vfio_pci_device {
	struct device *pdev;
};

/* Groups that one hot reset may name. */
#define VFIO_PCI_RESET_GROUPS_MAX 32

static const struct vfio_device_ops vfio_pci_ops = {
	.name = "vfio-pci",
};

int vfio_pci_probe(struct device *dev)
{
	SCHED_FUNC();
	struct iommu_group *group = iommu_group_get(dev);
	struct vfio_pci_device *vdev;
	int ret;

	if (!group)
		return -EINVAL;
	vdev = kzalloc_obj(vfio_pci_device);
	if (!vdev) {
		iommu_group_put(group);
		return -ENOMEM;
	}
	vdev->pdev = dev;
	/* Last, so that no failure needs vfio_del_group_dev() (B5). */
	ret = vfio_add_group_dev(dev, &vfio_pci_ops, vdev);
	if (ret) {
		iommu_group_put(group);
		kfree(vdev);
	}
	return ret;
}

/* Puts the group that the device has now: none any more after a device_del()
 * of 3.19, and the reference leaks (F15). */
int vfio_pci_remove(struct device *dev)
{
	SCHED_FUNC();
	struct vfio_pci_device *vdev = vfio_del_group_dev(dev);

	if (vdev) {
		iommu_group_put(READ_ONCE(dev->iommu_group));
		kfree(vdev);
	}
	return 0;
}

static int vfio_pci_get_group(int fd, struct vfio_group **ret_group)
{
	struct file *filep = fget(fd);
	struct vfio_group *group;

	if (!filep)
		return -EBADF;
	group = vfio_group_get_external_user(filep);
	fput(filep);
	if (IS_ERR(group))
		return (int)PTR_ERR(group);
	*ret_group = group;
	return 0;
}

int vfio_pci_check_reset_groups(const int *fds, unsigned nr)
{
	SCHED_FUNC();
	struct vfio_group *groups[VFIO_PCI_RESET_GROUPS_MAX];
	unsigned held;
	int ret = 0;

	if (nr == 0 || nr > VFIO_PCI_RESET_GROUPS_MAX)
		return -EINVAL;
	for (held = 0; held < nr; held++) {
		ret = vfio_pci_get_group(fds[held], &groups[held]);
		if (ret)
			break;
		(void)vfio_external_user_iommu_id(groups[held]);
	}
	while (held > 0)
		vfio_group_put_external_user(groups[--held]);
	return ret;
}
