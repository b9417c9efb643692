//! Copies an event out of the text it borrows from, for records that arrive as escaped text inside another record.

use std::borrow::Cow;

use crate::model::{Event, Identifier, Resource, Text};

fn own(text: Text<'_>) -> Text<'static> {
    text.map(|text| Cow::Owned(text.into_owned()))
}

fn own_resource(resource: Resource<'_>) -> Resource<'static> {
    Resource { id: Cow::Owned(resource.id.into_owned()), kind: own(resource.kind) }
}

fn own_identifier(identifier: Identifier<'_>) -> Identifier<'static> {
    Identifier {
        kind: identifier.kind,
        value: Cow::Owned(identifier.value.into_owned()),
        trust: identifier.trust,
    }
}

/// Returns the same event, owning its texts.
pub(crate) fn owned(event: Event<'_>) -> Event<'static> {
    Event {
        time: event.time,
        precision: event.precision,
        time_end: event.time_end,
        plane: event.plane,
        product: Cow::Owned(event.product.into_owned()),
        kind: event.kind,
        native_id: own(event.native_id),
        repeats: event.repeats,
        human: own(event.human),
        human_proof: own(event.human_proof),
        agent: own(event.agent),
        agent_trust: event.agent_trust,
        client: own(event.client),
        actor: own(event.actor),
        actor_type: event.actor_type,
        credential: own(event.credential),
        parent_credential: own(event.parent_credential),
        session: own(event.session),
        session_basis: event.session_basis,
        role_session: own(event.role_session),
        credential_created: event.credential_created,
        trace: own(event.trace),
        span: own(event.span),
        parent_span: own(event.parent_span),
        request: own(event.request),
        server: own(event.server),
        tool: own(event.tool),
        method: own(event.method),
        action: own(event.action),
        action_class: event.action_class,
        read_only: event.read_only,
        resource: own(event.resource),
        resource_type: own(event.resource_type),
        region: own(event.region),
        account: own(event.account),
        address: own(event.address),
        user_agent: own(event.user_agent),
        invoked_by: own(event.invoked_by),
        decision: event.decision,
        policy: own(event.policy),
        reason: own(event.reason),
        approval_state: own(event.approval_state),
        approval_by: own(event.approval_by),
        approval_at: event.approval_at,
        outcome: event.outcome,
        error_code: own(event.error_code),
        tokens_in: event.tokens_in,
        tokens_out: event.tokens_out,
        cost: event.cost,
        model: own(event.model),
        bytes: event.bytes,
        masked: own(event.masked),
        identifiers: event.identifiers.into_iter().map(own_identifier).collect(),
        resources: event.resources.into_iter().map(own_resource).collect(),
        payload: Cow::Owned(event.payload.into_owned()),
        shape_rank: event.shape_rank,
    }
}
