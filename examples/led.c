/* SPDX-License-Identifier: GPL-2.0-only */
/* A driver of our own: unbinding it frees what a reader may still use. */
#include <vfiosim/cmocka.h>
#include <vfiosim/device.h>

static int led_remove(struct device *dev)
{
	kfree(dev_get_drvdata(dev));
	return 0;
}

static struct bus_type bus = { .name = "leds" };
static struct device_driver driver = { "led", &bus, .remove = led_remove };
static struct device led, *dev = &led;

static void setup(void)
{
	led = (struct device){ .bus = &bus };
	SIM_CHECK(!bus_register(&bus) && !driver_register(&driver));
	SIM_CHECK(!device_register(dev, "led0"));
	dev_set_drvdata(dev, slab_alloc("led", sizeof(int)));
}

static void unbind(void)
{
	unbind_store(&driver, "led0", 4);
}

static void blink(void)
{
	LED_LOCKED ? device_lock(dev) : (void)0;
	if (dev_get_drvdata(dev))
		SHARED_WRITE(*(int *)dev_get_drvdata(dev), 1);
	LED_LOCKED ? device_unlock(dev) : (void)0;
}

static const struct sim_scenario scenario = {
	.name = "led",
	.setup = setup,
	.tasks = { { "unbind", unbind, NULL }, { "blink", blink, NULL } },
};

int main(void)
{
	const struct CMUnitTest tests[] = { SIM_CMOCKA_TEST(scenario) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
