#!/bin/sh
# $1 INSTANCE or GROUP, $2 its name, $3 MASTER, BACKUP, FAULT or STOP, $4 priority
echo "$1 $2 $3 $4" >> /run/vrrp.log
echo "$3" > "/run/vrrp.$2"
