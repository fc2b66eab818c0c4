# plugins/sentinel-notify-jsonl, beside this file, is what gives the type "jsonl".
# Without the block it would be told all changes of state, and write them to
# /var/log/sentinel.jsonl.

locals {
  priorities = {
    server1 = 150
    server2 = 100
  }
}

notify "jsonl" "events" {
  file = "/var/log/ha.jsonl"
  on   = ["active", "backup", "fault", "stopped", "conflict"]
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
  notify            = [notify.jsonl.events]
}
