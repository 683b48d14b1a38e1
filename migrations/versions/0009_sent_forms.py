"""A form's token belongs to its content; pages that were answered are not kept

Revision ID: 0009
Revises: 0008
"""

import crm.models.base
import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade():
    _replace(
        [
            sa.Column('digest', sa.String(length=64), nullable=False),
            sa.Column('user_id', sa.Integer(), nullable=False),
        ],
        [
            sa.Column('messages', sa.JSON(), nullable=False),
            sa.Column('made', sa.Boolean(), nullable=False),
            sa.Column('record_kind', sa.String(length=40), nullable=True),
            sa.Column('record_id', sa.Integer(), nullable=True),
        ],
        ('token', 'digest'),
        {'digest': '', 'messages': [], 'made': True},
    )


def downgrade():
    _replace(
        [sa.Column('user_id', sa.Integer(), nullable=True)],
        [sa.Column('body', sa.Text(), nullable=False)],
        ('token',),
        {'body': ''},
    )


def _replace(before, after, key, given):
    """The table anew, as its key changes; what is in flight over an upgrade stays known."""
    connection = op.get_bind()
    old = sa.table('sent_forms', *(sa.column(name) for name in ('token', 'user_id', 'status')), sa.column('sent_at', crm.models.base.Moment()), sa.column('headers', sa.JSON()))
    rows = {}
    for row in connection.execute(sa.select(old).where(old.c.user_id.is_not(None))).mappings():
        rows.setdefault(row['token'], {**row, **given})
    op.drop_table('sent_forms')
    made = op.create_table(
        'sent_forms',
        sa.Column('token', sa.String(length=64), nullable=False),
        *before,
        sa.Column('sent_at', crm.models.base.Moment(), nullable=False),
        sa.Column('status', sa.Integer(), nullable=False),
        sa.Column('headers', sa.JSON(), nullable=False),
        *after,
        sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_sent_forms_user_id')),
        sa.PrimaryKeyConstraint(*key, name=op.f('pk_sent_forms')),
    )
    op.create_index(op.f('ix_sent_forms_sent_at'), 'sent_forms', ['sent_at'], unique=False)
    if rows:
        op.bulk_insert(made, list(rows.values()))
