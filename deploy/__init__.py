"""How Khatm comes to a machine: the Debian package (deploy/debian-package), the units of systemd, the site of nginx, and `khatm setup`."""
