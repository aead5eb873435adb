/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See vendors.h. What stands here was learned from vendors' documentation,
 * public sources and reports of their users; these are dialects to test
 * against, not exact copies of a certain firmware. What a row is known for
 * stands in it, for --help. Rows of short names (dell, hpe, lenovo) are milder
 * than the vendor's own: they take an http: Destination, so that one need not
 * set up TLS to try something.
 */
#include "vendors.h"

#include <string.h>

const char vendor_defaults[] =
    "{'vendor':'Contoso','product':'Simulated BMC','redfish_version':'1.18.0',"
    "'manufacturer':'Contoso','model':'CS-1','firmware':'1.0.0',"
    "'event_service_version':'1.10.0','manager_id':'1','system_id':'1',"
    "'chassis_id':'1','session_limit_status':503,'session_context':true,"
    "'service_enabled':true,'delete_status':204,"
    "'subscriptions_path':'/redfish/v1/EventService/Subscriptions',"
    "'subscriptions_order':'oldest','limit_status':400,'location':true,"
    "'limit_message':'EventSubscriptionLimitExceeded','create_body':true,"
    "'duplicate_message':'ResourceAlreadyExists',"
    "'refuse_message':'PropertyUnknown','event_formats':'Event',"
    "'retry_policies':'TerminateAfterRetries,SuspendRetries,RetryForever',"
    "'patch':true,'patch_status':200,'show_streams':true,"
    "'send_context':true,'heartbeat_minute_ms':60000,"
    "'test_action':'SubmitTestEvent','test_status':204,"
    "'event_type':'Alert','severity':false,'message_severity':true,"
    "'keepalive':true,'content_type':'application/json',"
    "'retry_attempts':3,'retry_interval_ms':1000,'timeout_ms':30000,"
    "'sse':true,'sse_id':true,'sse_space':true,'sse_chunked':true,"
    "'sse_path':'/redfish/v1/EventService/SSE','sse_ring':200,"
    "'sse_buffer':67108864,'log_page':50,'log_next':true,"
    "'log_filter':'ignored','query_status':501,'log_args':true,"
    "'log_event_id':true,'task_events':true,'task_cancelled':'Cancelled',"
    "'log_path':'/redfish/v1/Managers/1/LogServices/Log','gzip':true}";

static const struct vendor vendors[] = {
    {"generic", NULL, "as the specification has it, with all that it offers",
     "{}"},
    {"openbmc", NULL,
     "bmcweb since 2024: streams tasks and resources, posts log entries, "
     "deletes a subscription after its retries, takes no EventTypes",
     "{'vendor':'OpenBMC','product':'OpenBMC Service','model':'obmc',"
     "'manager_id':'bmc','system_id':'system','chassis_id':'chassis',"
     "'refuse_properties':'EventTypes','subscription_limit':20,'sse_limit':10,"
     "'limit_status':503,'sse_over_limit':'eof','sse_pretty':true,"
     "'sse_need_accept':true,'sse_bare_replay':true,'event_type':'',"
     "'sse_unknown_id':'exceeded',"
     "'sse_prefixes':'TaskEvent,ResourceEvent,Base,HeartbeatEvent',"
     "'origin':'string','log_order':'oldest','timestamp':'offset',"
     "'destination_max':2000,'context_max':256,'headers_max':8096,"
     "'refuse_userinfo':true,'exclusive_filters':true,'heartbeat':true,"
     "'keep_subscriptions':true,'event_formats':'Event,MetricReport',"
     "'registry_prefixes':'Base,OpenBMC,TaskEvent,HeartbeatEvent',"
     "'resource_types':'Task,Heartbeat','log_ids':'epoch',"
     "'log_filter':'refused','test_parameters':'EventGroupId,EventId,"
     "EventTimestamp,Message,MessageArgs,MessageId,OriginOfCondition,"
     "Resolution,Severity',"
     "'log_path':'/redfish/v1/Systems/system/LogServices/EventLog'}"},
    {"openbmc-2020", "openbmc",
     "bmcweb as it was: EventType \"Event\", no Content-Type, subscriptions "
     "lost by a reboot",
     "{'redfish_version':'1.9.0','event_service_version':'1.5.0',"
     "'heartbeat':false,'event_type':'Event','content_type':'',"
     "'keep_subscriptions':false,'retry_policy':'DropEvent',"
     "'member_id':'integer','sse_prefixes':'','destination_max':0,"
     "'resource_types':'Task','registry_prefixes':'Base,OpenBMC,TaskEvent'}"},
    {"nvidia", "openbmc",
     "HGX on bmcweb: entries linked, no MemberId, integer Ids, $filter",
     "{'vendor':'NVIDIA','product':'HGX','manufacturer':'NVIDIA',"
     "'model':'HGX-1','oem':'Nvidia','manager_id':'HGX_BMC_0',"
     "'system_id':'HGX_Baseboard_0','chassis_id':'HGX_Chassis_0',"
     "'event_type':'Event','member_id':'none','log_entry_link':true,"
     "'sse_prefixes':'','registry_prefixes':'','resource_types':'',"
     "'log_ids':'sequence','log_filter':'supported',"
     "'task_cancelled':'Canceled',"
     "'log_path':'/redfish/v1/Systems/HGX_Baseboard_0/LogServices/EventLog'}"},
    {"dell-idrac9", NULL,
     "needs EventTypes, knows no prefixes, HTTPS alone, PATCHes nothing, "
     "EventIds that repeat, each event in two logs, two streams",
     "{'vendor':'Dell','product':'Integrated Dell Remote Access Controller',"
     "'manufacturer':'Dell Inc.','model':'PowerEdge R660','oem':'Dell',"
     "'firmware':'7.10.50.00',"
     "'manager_id':'iDRAC.Embedded.1','system_id':'System.Embedded.1',"
     "'chassis_id':'System.Embedded.1','event_ids':'trap',"
     "'refuse_properties':'RegistryPrefixes,ResourceTypes',"
     "'require':'EventTypes','https_only':true,'patch':false,"
     "'event_types':'Alert,MetricReport,Other','refuse_empty':true,"
     "'event_formats':'Event,MetricReport','member_id':'log',"
     "'subscription_limit':20,'sse_limit':2,'sse_path':'/redfish/v1/SSE',"
     "'sse_filter':'EventFormatType eq "
     "Event','sse_idle_ms':3600000,'sse_linger_ms':20000,"
     "'refuse_duplicates':true,'duplicate_message':'PropertyValueModified',"
     "'limit_message':'CreateLimitReachedForResource',"
     "'delete_status':200,'create_body':false,'keep_subscriptions':true,"
     "'test_require':'Destination,EventTypes,Context,Protocol,MessageId',"
     "'test_to_destination':true,'session_limit':8,'session_context':false,"
     "'timestamp':'dell','severity':true,'keepalive':false,"
     "'log_spread':'all','log_filter':'supported',"
     "'log_path':'/redfish/v1/Managers/iDRAC.Embedded.1/LogServices/Lclog,"
     "/redfish/v1/Managers/iDRAC.Embedded.1/LogServices/Sel'}"},
    {"dell-idrac10", "dell-idrac9",
     "the same, another filter of the stream, also http:",
     "{'model':'PowerEdge R670','redfish_version':'1.20.1',"
     "'firmware':'1.20.25.00',"
     "'https_only':false,'sse_filter':\"EventType eq 'Alert'\"}"},
    {"dell", "dell-idrac9", "milder: http:, no EventTypes needed, one log",
     "{'https_only':false,'require':'','refuse_empty':false,"
     "'event_ids':'counter','member_id':'number','test_require':'','sse_linger_"
     "ms':0,"
     "'log_spread':'first'}"},
    {"dell-ome", "dell-idrac9",
     "chassis: eight subscriptions and streams together",
     "{'product':'OpenManage Enterprise Modular','model':'MX7000',"
     "'subscription_limit':8,'sse_limit':8,'sse_filter':'',"
     "'sse_path':'/redfish/v1/EventService/SSE','origin':'string',"
     "'keepalive':true}"},
    {"hpe-ilo6", NULL,
     "no stream, no DeliveryRetryPolicy, 200 alone is success, three events "
     "queued, class.code in the log, slashes",
     "{'vendor':'HPE','product':'ProLiant DL340e Gen11','manufacturer':'HPE',"
     "'model':'ProLiant DL340e Gen11','oem':'Hpe','sse':false,"
     "'event_service_version':'1.7.2','refuse_properties':"
     "'DeliveryRetryPolicy','refuse_message':"
     "'iLO.2.14.PropertyNotWritableOrUnknown','retry_policies':'',"
     "'event_types':'StatusChange,ResourceUpdated,ResourceAdded,"
     "ResourceRemoved,Alert','registry_prefixes':'iLOEvents,ResourceEvent,"
     "NetworkDevice,StorageDevice,iLOResourceEvents,iLOSecurityEvents',"
     "'https_only':true,'queue':3,'ack':'exact200','trailing_slash':true,"
     "'chunked':true,'keepalive':false,'origin':'string','severity':true,"
     "'message_severity':false,'correlated':true,'log_page':30,"
     "'log_message_id':'class','log_event_id':false,"
     "'content_type':'application/json, Application/JSON',"
     "'log_path':'/redfish/v1/Systems/1/LogServices/IML,"
     "/redfish/v1/Managers/1/LogServices/IEL'}"},
    {"hpe-ilo7", "hpe-ilo6", "the same, but offers no EventTypes",
     "{'product':'ProLiant DL380a Gen12','model':'ProLiant DL380a Gen12',"
     "'event_types':'','redfish_version':'1.20.0'}"},
    {"hpe", "hpe-ilo7",
     "milder: http:, no queue limit, no slashes, MessageIds in the log",
     "{'https_only':false,'queue':0,'registry_prefixes':'',"
     "'trailing_slash':false,'content_type':'application/json',"
     "'log_message_id':'same'}"},
    {"hpe-ilo5", "hpe-ilo6",
     "needs EventTypes, knows no prefixes, shows and sends no Context, some "
     "rows without a time",
     "{'product':'ProLiant DL325 Gen10 Plus','redfish_version':'1.6.0',"
     "'model':'ProLiant DL325 Gen10 Plus','event_service_version':'1.0.8',"
     "'require':'EventTypes','event_ids':'guid','send_context':false,"
     "'hide_properties':'Context','log_zero_every':10,"
     "'refuse_properties':'DeliveryRetryPolicy,RegistryPrefixes,"
     "ResourceTypes,EventFormatType,SubscriptionType'}"},
    {"hpe-ilo4", "hpe-ilo5",
     "another URI, EventID and MessageID, headers as an object, thirty rows of "
     "log",
     "{'product':'ProLiant DL380 Gen9','model':'ProLiant DL380 Gen9',"
     "'redfish_version':'1.0.0','event_service_version':'1.0.0','oem':'Hp',"
     "'subscriptions_path':'/redfish/v1/EventService/EventSubscriptions',"
     "'only_properties':'Destination,EventTypes,HttpHeaders,TTLCount,"
     "TTLUnits,Context,Protocol,Oem','http_headers':'object',"
     "'capital_ids':true,'correlated':false,'log_limit':30}"},
    {"lenovo-xcc", NULL,
     "twelve subscriptions and streams together, JSON over many lines, some "
     "Ids twice, HTTPS alone",
     "{'vendor':'Lenovo','product':'XClarity Controller',"
     "'manufacturer':'Lenovo','model':'ThinkSystem SR650',"
     "'oem':'Lenovo','subscription_limit':12,"
     "'sse_path':'/redfish/v1/EventService/ServerSentEvent','sse_space':false,"
     "'sse_pretty':true,'sse_comment':'stream keep-alive',"
     "'sse_keepalive_ms':10000,'severity':true,'log_order':'oldest',"
     "'https_only':true,'log_ids':'duplicate','log_path':"
     "'/redfish/v1/Systems/1/LogServices/PlatformLog,"
     "/redfish/v1/Systems/1/LogServices/AuditLog'}"},
    {"lenovo", "lenovo-xcc", "milder: http:, each Id once",
     "{'https_only':false,'log_ids':'sequence'}"},
    {"lenovo-xcc-old", "lenovo-xcc",
     "EventService before 1.3: needs EventTypes, no stream, no Context shown",
     "{'redfish_version':'1.2.0','event_service_version':'1.2.0',"
     "'require':'EventTypes','hide_properties':'Context',"
     "'refuse_properties':'RegistryPrefixes,ResourceTypes,EventFormatType,"
     "SubscriptionType,DeliveryRetryPolicy','retry_policies':'',"
     "'event_types':'StatusChange,ResourceUpdated,ResourceAdded,"
     "ResourceRemoved,Alert','sse':false}"},
    {"supermicro", NULL,
     "X12, X13: needs EventTypes, no stream, some Ids twice",
     "{'vendor':'Supermicro','product':'BMC','manufacturer':'Supermicro',"
     "'model':'SYS-1029','oem':'Supermicro','require':'EventTypes',"
     "'refuse_properties':'RegistryPrefixes,ResourceTypes','sse':false,"
     "'event_types':'StatusChange,ResourceUpdated,ResourceAdded,"
     "ResourceRemoved,Alert','log_ids':'duplicate',"
     "'severity':true,'message_severity':false,'log_order':'oldest'}"},
    {"supermicro-x10", "supermicro",
     "slots changed by PATCH, SendTestEvent, no MessageId in the log",
     "{'model':'X10DRU','redfish_version':'1.0.1','subscription_slots':5,"
     "'event_service_version':'1.0.2','retry_interval_ms':60000,"
     "'patch_properties':'Destination,Context,EventTypes,Protocol,Oem',"
     "'http_headers':'none','retry_policies':'','retry_policy':'DropEvent',"
     "'test_action':'SendTestEvent','log_message_id':'none'}"},
    {"ami", NULL,
     "MegaRAC: needs EventTypes, Context and Protocol, EventId made of the log "
     "entry, no Location",
     "{'vendor':'AMI','product':'MegaRAC','manufacturer':'AMI','model':'MR-1',"
     "'oem':'Ami','require':'EventTypes,Context,Protocol',"
     "'manager_id':'Self','system_id':'Self','chassis_id':'Self',"
     "'only_properties':'Context,Destination,EventTypes,Protocol,HttpHeaders,"
     "Oem','http_headers':'object','location':false,'sse':false,"
     "'severity':true,'retry_policies':'','patch_status':204,"
     "'event_ids':'log','message_severity':false,"
     "'log_path':'/redfish/v1/Managers/Self/LogServices/EventLog'}"},
    {"zt", "ami",
     "AMI whose Ids are numbers and whose test event cannot be had twice in "
     "ten seconds",
     "{'vendor':'ZT Systems','manufacturer':'ZT Systems','integer_id':true,"
     "'event_type':'Other','test_quiet_ms':10000}"},
    {"huawei", NULL, "needs EventTypes and HTTPS",
     "{'vendor':'Huawei','product':'iBMC','manufacturer':'Huawei',"
     "'model':'2288H V5','oem':'Huawei','require':'EventTypes',"
     "'https_only':true,'sse':false,'severity':true,"
     "'refuse_properties':'RegistryPrefixes,ResourceTypes',"
     "'event_types':'StatusChange,ResourceUpdated,ResourceAdded,"
     "ResourceRemoved,Alert'}"},
    {"intel", "openbmc-2020",
     "old bmcweb that posts to port 443 or 80, whatever the Destination says",
     "{'vendor':'Intel Corporation','product':'Intel BMC','oem':'Intel',"
     "'manufacturer':'Intel Corporation','model':'S2600BPB',"
     "'dead_ports':true,'registry_prefixes':''}"},
    {"cray-pdu", NULL, "falls over when it is subscribed to",
     "{'vendor':'HPE','product':'Cray PDU','manufacturer':'HPE',"
     "'model':'P9S16A','sse':false,'fragile':true}"},
    {"cisco", NULL, "needs EventTypes; little is known",
     "{'vendor':'Cisco','product':'UCS C240','oem':'Cisco','sse':false,"
     "'manufacturer':'Cisco Systems Inc','model':'UCSC-C240-M5',"
     "'require':'EventTypes','http_headers':'none','severity':true,"
     "'refuse_properties':'RegistryPrefixes,ResourceTypes,"
     "DeliveryRetryPolicy','retry_policies':''}"},
    {"fujitsu", NULL,
     "needs EventTypes, numbers for MessageIds in the log; little is known",
     "{'vendor':'Fujitsu','product':'iRMC','oem':'ts_fujitsu','sse':false,"
     "'manufacturer':'FUJITSU','model':'PRIMERGY RX2540',"
     "'require':'EventTypes','http_headers':'none','severity':true,"
     "'refuse_properties':'RegistryPrefixes,ResourceTypes,"
     "DeliveryRetryPolicy','retry_policies':'','log_message_id':'hex'}"},
};

#define N_VENDORS (sizeof(vendors) / sizeof(vendors[0]))

const struct vendor *vendor_find(const char *name)
{
    for (size_t i = 0; i < N_VENDORS; i++)
        if (strcmp(vendors[i].name, name) == 0)
            return &vendors[i];
    return NULL;
}

void vendor_help(struct buf *ret_text)
{
    for (size_t i = 0; i < N_VENDORS; i++)
        buf_format(ret_text, "  %-20s %s\n", vendors[i].name, vendors[i].about);
}

char *vendor_names(void)
{
    struct buf names = {0};

    for (size_t i = 0; i < N_VENDORS; i++)
        buf_format(&names, "%s%s", i ? " " : "", vendors[i].name);
    return names.data;
}
